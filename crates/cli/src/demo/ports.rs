//! The ports of a demonstration: base+0 NATS, +1 its monitor, +2 the aggregator, +10+i the nodes.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use crate::exit::{Exit, Failure};

const FIRST_NODE: u16 = 10;

/// A range of ports on this machine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ports {
    base: u16,
    nodes: u16,
}

impl Ports {
    /// The ports of `nodes` nodes from `base` on, when every one of them is free.
    pub(crate) fn free(base: u16, nodes: usize) -> Result<Self, Failure> {
        let last = usize::from(base) + usize::from(FIRST_NODE) + nodes;
        let (Ok(nodes), true) = (u16::try_from(nodes), u16::try_from(last).is_ok() && base > 0) else {
            return Err(Failure::usage("dải cổng không hợp lệ", "the ports do not fit", format!("--port-base {base}")));
        };
        let ports = Self { base, nodes };
        let taken: Vec<String> =
            ports.all().filter(|at| TcpListener::bind(at).is_err()).map(|at| at.to_string()).collect();
        if taken.is_empty() {
            return Ok(ports);
        }
        let taken = taken.join(", ");
        Err(Failure::new(
            Exit::Failed,
            format!("cổng đang được dùng: {taken}; hãy chọn dải khác bằng --port-base"),
            format!("ports in use: {taken}; choose others with --port-base"),
        ))
    }

    /// Where the broker's clients connect.
    pub(crate) fn nats(self) -> SocketAddr {
        self.at(0)
    }

    /// The broker's monitor.
    pub(crate) fn monitor(self) -> SocketAddr {
        self.at(1)
    }

    /// The aggregator's HTTP.
    pub(crate) fn aggregator(self) -> SocketAddr {
        self.at(2)
    }

    /// The HTTP of every node, in the order of the units.
    pub(crate) fn nodes(self) -> impl Iterator<Item = SocketAddr> {
        (0..self.nodes).map(move |node| self.at(FIRST_NODE + node))
    }

    fn all(self) -> impl Iterator<Item = SocketAddr> {
        [self.nats(), self.monitor(), self.aggregator()].into_iter().chain(self.nodes())
    }

    fn at(self, offset: u16) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.base + offset))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_in_use_is_named() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let failure = Ports::free(port, 0).unwrap_err();
        assert!(failure.text().contains(&format!("127.0.0.1:{port}")), "{}", failure.text());
        assert!(failure.text().contains("--port-base"));
    }

    #[test]
    fn ports_beyond_the_last_one_are_refused() {
        assert_eq!(Ports::free(65_530, 21).unwrap_err().exit(), Exit::Usage);
    }
}
