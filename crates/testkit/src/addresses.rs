//! Addresses of this machine that hardly another process takes while a test is about to.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};

/// Ports that tests take: below 32,768, where Linux begins to lend ports to outgoing connections of anybody. A port that
/// the system lent and took back may be lent again before the test's own process opens it.
const PORTS: Range<u16> = 20_000..32_000;
/// Test processes that run beside each other, and so have numbers that lie close together, begin so far apart.
const STRIDE: u16 = 100;

/// An address of this machine that nobody uses now.
///
/// # Errors
/// When there is none.
pub fn free_address() -> io::Result<SocketAddr> {
    Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, free_ports(1)?)))
}

/// The first of `count` ports in a row that nobody uses now. One process gives no port twice before it has given all.
///
/// # Errors
/// When there are none.
pub fn free_ports(count: u16) -> io::Result<u16> {
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    let all = PORTS.end - PORTS.start;
    let begin = std::process::id().wrapping_mul(STRIDE.into());
    let taken = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_err();
    for _ in 0..all / count.max(1) {
        let offset = begin.wrapping_add(GIVEN.fetch_add(count.into(), Ordering::SeqCst)) % u32::from(all);
        let base = u32::from(PORTS.start) + offset;
        let Some(base) = u16::try_from(base).ok().filter(|base| base + count <= PORTS.end) else { continue };
        if !(base..base + count).any(taken) {
            return Ok(base);
        }
    }
    Err(io::Error::new(io::ErrorKind::AddrInUse, format!("no {count} free ports in a row")))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_port_is_given_twice_and_none_that_the_system_lends() {
        let ports: Vec<u16> = (0..40).map(|_| free_ports(3).unwrap()).collect();
        let single: BTreeSet<u16> = ports.iter().flat_map(|base| *base..base + 3).collect();
        assert_eq!(single.len(), 120, "{ports:?}");
        assert!(single.iter().all(|port| PORTS.contains(port)), "{ports:?}");
    }
}
