//! From the durable append at a commune to the receipt, beside plain JetStream with one message per event.
//!
//! Ours does more for each event: it is durable at the node before it travels, verified, durable again, cosigned and folded
//! at the aggregator, and acknowledged by a signature. The peer stores each event once and hands it to a consumer. It is
//! measured with the broker syncing before every acknowledgement, as ours runs, and with the broker's default.
#![expect(clippy::expect_used, reason = "a benchmark that cannot run should stop at once and say why")]
#![expect(clippy::print_stdout, reason = "its table is its result")]

use danvan_bench::{Commune, NatsServer, Report, Row, Sample, SyncPolicy, corpus, disk_folder, jetstream_round};
use danvan_daemon::{TraceSettings, start_trace};

const ROUNDS: usize = 5;
const OURS: usize = 60_000;
const PEER_DEFAULT: usize = 60_000;
/// Fewer, because the broker syncs once for every message; the rate does not depend on the number.
const PEER_ALWAYS: usize = 6_000;
const IN_FLIGHT: usize = 4_096;

#[tokio::main]
async fn main() {
    start_trace(&TraceSettings { filter: "error".to_owned(), ..TraceSettings::default() }).expect("a trace");
    let events = corpus(7, OURS);
    let (mut ours, mut always, mut default) = (Vec::new(), Vec::new(), Vec::new());
    for _round in 0..ROUNDS {
        ours.push(our_round(&events).await);
        always.push(peer_round(&events[..PEER_ALWAYS], SyncPolicy::Always).await);
        default.push(peer_round(&events[..PEER_DEFAULT], SyncPolicy::Default).await);
    }
    let workload = "append → receipt | publish → consumed";
    let mut report = Report::default();
    report.push(Row::new("plain JetStream, sync always", workload, &always, None));
    report.push(Row::new("plain JetStream, default sync", workload, &default, Some(&always)));
    report.push(Row::new("danvan (broker syncs always)", workload, &ours, Some(&always)));
    println!("{}", report.table("plain, sync always", None));
    println!("{}", report.save("end_to_end").expect("target/bench can be written").display());
}

async fn our_round(events: &[Vec<u8>]) -> Sample {
    let server = NatsServer::start(SyncPolicy::Always).expect("nats-server");
    let folder = disk_folder().expect("a folder on the disk to be measured");
    let mut commune = Commune::start(folder.path(), &server.url()).await.expect("a commune and its aggregator");
    let sample = commune.round(events.to_vec()).await.expect("every event delivered");
    commune.stop().await.expect("an orderly end");
    sample
}

async fn peer_round(events: &[Vec<u8>], sync: SyncPolicy) -> Sample {
    let server = NatsServer::start(sync).expect("nats-server");
    jetstream_round(&server.url(), events.to_vec(), IN_FLIGHT).await.expect("the peer's round")
}
