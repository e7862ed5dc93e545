//! The rules of the shipper, one by one.

use super::*;

const FIRST: &str = "example.com/a/first/mirror";
const SECOND: &str = "example.com/a/second/mirror";

fn size(n: u32) -> Size {
    Size::from(n)
}

fn range(start: u32, end: u32) -> IndexRange {
    IndexRange::new(size(start), size(end)).unwrap()
}

fn name(text: &str) -> KeyName {
    KeyName::new(text).unwrap()
}

/// A shipper and its clock.
struct Driver {
    shipper: Shipper,
    now: Duration,
    sequence: u64,
}

impl Driver {
    /// Linked, everything looked up, nothing in the spool.
    fn ready(durable: u32, mirrors: &[&str]) -> Self {
        let required = mirrors.iter().map(|mirror| (name(mirror), Size::ZERO));
        let shipper = Shipper::new(ShipperSettings::default(), 1, name("example.com/u/x-1"), size(durable), required);
        let mut driver = Self { shipper, now: Duration::ZERO, sequence: 0 };
        driver.tell(Input::Linked);
        driver.look_up(None);
        driver
    }

    fn tell(&mut self, input: Input) {
        self.shipper.handle(self.now, input);
    }

    fn step(&mut self) -> Step {
        self.shipper.poll(self.now)
    }

    fn look_up(&mut self, last: Option<SpoolLast>) {
        assert_eq!(self.step(), Step::Do(Action::LookUpOwn));
        self.tell(Input::OwnLast(last));
        assert_eq!(self.step(), Step::Do(Action::LookUpReceipts));
        self.tell(Input::ReceiptsLookedUp);
    }

    /// The step must be to publish from `start`; it succeeds up to `end`.
    fn publish(&mut self, start: u32, end: u32) {
        let step = self.step();
        assert!(matches!(step, Step::Do(Action::Publish { start: at, .. }) if at == size(start)), "{step:?}");
        self.sequence += 1;
        self.tell(Input::Published { range: range(start, end), sequence: self.sequence });
    }

    fn hear(&mut self, by: &str, status: ReceiptStatus, next: u32, cosigned: Option<u32>) {
        self.tell(Input::Receipt(Heard { by: name(by), status, next: size(next), cosigned: cosigned.map(size) }));
    }

    fn receipt(&mut self, by: &str, held: u32) {
        self.hear(by, ReceiptStatus::Cosigned, held, Some(held));
    }

    /// Waits as long as the machine wants to.
    fn wait(&mut self) {
        match self.step() {
            Step::Wait(Some(until)) => self.now = until,
            other => panic!("{other:?}"),
        }
    }

    fn waits(&mut self) -> bool {
        matches!(self.step(), Step::Wait(_))
    }
}

#[test]
fn one_entry_is_sent_at_once_and_what_grows_meanwhile_goes_together() {
    let mut node = Driver::ready(1, &[FIRST]);
    let all = |limit, expected| Step::Do(Action::Publish { start: size(0), limit: size(limit), expected });
    assert_eq!(node.step(), all(1, 0));
    for n in 2..=9 {
        node.tell(Input::Grew(size(n)));
        assert_eq!(node.step(), Step::Wait(None), "one publish in flight");
    }
    node.tell(Input::Published { range: range(0, 1), sequence: 41 });
    assert_eq!(node.step(), Step::Do(Action::Publish { start: size(1), limit: size(9), expected: 41 }));
}

#[test]
fn an_acknowledgement_of_the_broker_delivers_nothing() {
    let mut node = Driver::ready(5, &[FIRST, SECOND]);
    node.publish(0, 5);
    assert_eq!((node.shipper.cursor(), node.shipper.delivered()), (size(5), size(0)));
    node.receipt(FIRST, 5);
    assert_eq!(node.shipper.delivered(), size(0), "all required aggregators");
    node.receipt(SECOND, 4);
    assert_eq!(node.shipper.delivered(), size(4));
    node.receipt(SECOND, 5);
    assert_eq!(node.shipper.delivered(), size(5));
    assert!(node.waits());
}

#[test]
fn a_409_rewinds_once_until_there_is_progress() {
    let mut node = Driver::ready(30, &[FIRST]);
    for n in 0..6 {
        node.publish(n * 5, n * 5 + 5);
    }
    node.hear(FIRST, ReceiptStatus::Resend, 5, Some(5));
    assert_eq!(node.shipper.cursor(), size(5));
    node.publish(5, 10);
    for _ in 0..20 {
        node.hear(FIRST, ReceiptStatus::Resend, 5, Some(5));
        assert_eq!(node.shipper.cursor(), size(10), "each message behind the gap says the same");
    }
    node.receipt(FIRST, 10);
    node.publish(10, 30);
    node.hear(FIRST, ReceiptStatus::Resend, 5, Some(5));
    assert_eq!(node.shipper.cursor(), size(5), "restored from an older state: progress has cleared the memory");
}

#[test]
fn a_rewind_overtakes_the_batch_in_flight() {
    let mut node = Driver::ready(10, &[FIRST]);
    node.publish(0, 4);
    assert!(matches!(node.step(), Step::Do(Action::Publish { .. })));
    node.hear(FIRST, ReceiptStatus::Resend, 0, None);
    node.tell(Input::Published { range: range(4, 10), sequence: 2 });
    assert_eq!(node.shipper.cursor(), size(0));
}

#[test]
fn a_lost_spool_is_filled_again_from_the_receipted_size() {
    let mut node = Driver::ready(20, &[FIRST]);
    node.publish(0, 10);
    node.receipt(FIRST, 10);
    node.publish(10, 20);
    node.tell(Input::Unlinked);
    assert_eq!(node.step(), Step::Wait(None));
    node.tell(Input::Linked);
    node.look_up(None);
    assert_eq!(node.step(), Step::Do(Action::Publish { start: size(10), limit: size(20), expected: 0 }));
}

#[test]
fn a_spool_that_is_whole_after_a_reconnect_is_left_alone() {
    let mut node = Driver::ready(20, &[FIRST]);
    node.publish(0, 20);
    node.tell(Input::Linked);
    node.look_up(Some(SpoolLast { sequence: 1, range: Some(range(0, 20)) }));
    assert!(node.waits());
}

#[test]
fn a_node_that_starts_goes_on_behind_its_last_batch_in_the_spool() {
    let shipper = Shipper::new(ShipperSettings::default(), 1, name("u"), size(30), [(name(FIRST), size(10))]);
    let mut node = Driver { shipper, now: Duration::ZERO, sequence: 8 };
    node.tell(Input::Linked);
    node.look_up(Some(SpoolLast { sequence: 7, range: Some(range(15, 25)) }));
    assert_eq!(node.step(), Step::Do(Action::Publish { start: size(25), limit: size(30), expected: 7 }));
}

#[test]
fn a_batch_in_doubt_is_looked_for_and_not_sent_again_when_it_is_there() {
    for input in [Input::PublishDoubtful, Input::PublishRefused] {
        let mut node = Driver::ready(10, &[FIRST]);
        assert!(matches!(node.step(), Step::Do(Action::Publish { .. })));
        node.tell(input);
        node.wait();
        assert_eq!(node.step(), Step::Do(Action::LookUpOwn));
        node.tell(Input::OwnLast(Some(SpoolLast { sequence: 3, range: Some(range(0, 6)) })));
        assert_eq!(node.step(), Step::Do(Action::Publish { start: size(6), limit: size(10), expected: 3 }));
    }
}

#[test]
fn a_batch_in_doubt_that_is_not_there_is_sent_again() {
    let mut node = Driver::ready(10, &[FIRST]);
    assert!(matches!(node.step(), Step::Do(Action::Publish { .. })));
    node.tell(Input::PublishDoubtful);
    node.wait();
    assert_eq!(node.step(), Step::Do(Action::LookUpOwn));
    node.tell(Input::OwnLast(None));
    node.publish(0, 10);
}

#[test]
fn failures_are_answered_by_growing_delays() {
    let mut node = Driver::ready(1, &[FIRST]);
    let mut last = Duration::ZERO;
    for _ in 0..10 {
        assert!(matches!(node.step(), Step::Do(Action::Publish { .. })));
        node.tell(Input::PublishFailed);
        let before = node.now;
        node.wait();
        let delay = node.now.saturating_sub(before);
        assert!(delay * 4 > last && delay <= ShipperSettings::default().retry.cap, "{delay:?} after {last:?}");
        last = delay;
    }
    assert!(last >= Duration::from_secs(15));
}

#[test]
fn a_silent_aggregator_is_probed_with_one_batch_and_not_flooded() {
    let mut node = Driver::ready(20, &[FIRST]);
    node.publish(0, 10);
    node.publish(10, 20);
    let (mut probes, mut last) = (Vec::new(), range(10, 20));
    while node.now < Duration::from_hours(2) {
        match node.step() {
            Step::Wait(until) => node.now = until.unwrap(),
            Step::Do(Action::LookUpOwn) => {
                let sequence = node.sequence;
                node.tell(Input::OwnLast(Some(SpoolLast { sequence, range: Some(last) })));
            }
            Step::Do(Action::LookUpReceipts) => node.tell(Input::ReceiptsLookedUp),
            Step::Do(Action::Publish { .. }) => {
                node.sequence += 1;
                last = range(0, 10);
                probes.push(node.now);
                let sequence = node.sequence;
                node.tell(Input::Published { range: last, sequence });
            }
        }
    }
    assert!(probes[0] < Duration::from_secs(6), "once when it falls silent");
    assert!(probes[1] > Duration::from_mins(5), "then only at the end of all patience");
    assert!(probes.len() < 25, "{probes:?}");
    assert_eq!(node.shipper.cursor(), size(20));
    node.receipt(FIRST, 10);
    node.publish(10, 20);
    node.receipt(FIRST, 20);
    assert!(node.waits());
}

#[test]
fn an_aggregator_that_is_away_does_not_hold_up_the_other() {
    let mut node = Driver::ready(1000, &[FIRST, SECOND]);
    for n in 0..200 {
        node.publish(n * 5, n * 5 + 5);
        node.receipt(FIRST, n * 5 + 5);
    }
    assert_eq!(node.shipper.delivered(), size(0));
    assert_eq!(node.shipper.receipted()[&name(FIRST)], size(1000));
}

#[test]
fn nothing_is_published_beyond_the_window() {
    let mut node = Driver::ready(1000, &[FIRST]);
    for n in 0..32 {
        node.publish(n, n + 1);
    }
    assert!(node.waits());
    node.receipt(FIRST, 1);
    node.publish(32, 33);
    assert!(node.waits());
}

#[test]
fn a_refusal_is_remembered_and_tried_again_until_it_is_lifted() {
    let mut node = Driver::ready(3, &[FIRST]);
    node.publish(0, 3);
    node.hear(FIRST, ReceiptStatus::UnknownOrigin, 0, None);
    assert_eq!(node.shipper.refused(), BTreeMap::from([(name(FIRST), ReceiptStatus::UnknownOrigin)]));
    node.wait();
    node.look_up(Some(SpoolLast { sequence: 1, range: Some(range(0, 3)) }));
    node.publish(0, 3);
    node.receipt(FIRST, 3);
    assert!(node.shipper.refused().is_empty());
    assert_eq!(node.shipper.delivered(), size(3));
}

#[test]
fn a_receipt_beyond_the_log_stops_the_shipper_for_good() {
    let mut node = Driver::ready(3, &[FIRST]);
    node.receipt(FIRST, 4);
    assert!(matches!(node.shipper.alarm(), Some(Alarm::LostEntries { .. })));
    assert_eq!(node.step(), Step::Wait(None));
    node.tell(Input::Grew(size(9)));
    assert_eq!(node.step(), Step::Wait(None), "what is appended now would be a fork");
}

#[test]
fn an_unsigned_wish_beyond_the_log_and_a_stranger_are_ignored() {
    let mut node = Driver::ready(3, &[FIRST]);
    node.hear(FIRST, ReceiptStatus::Resend, 9, None);
    node.receipt(SECOND, 3);
    assert_eq!((node.shipper.alarm(), node.shipper.delivered()), (None, size(0)));
    node.publish(0, 3);
}

#[test]
fn a_restored_aggregator_is_noticed_even_when_nothing_is_outstanding() {
    let mut node = Driver::ready(3, &[FIRST]);
    node.publish(0, 3);
    node.receipt(FIRST, 3);
    node.wait();
    assert_eq!(node.step(), Step::Do(Action::LookUpReceipts));
    node.receipt(FIRST, 1);
    node.tell(Input::ReceiptsLookedUp);
    assert_eq!(node.shipper.delivered(), size(3), "a receipt is never taken back");
    node.wait();
    node.look_up(Some(SpoolLast { sequence: 1, range: Some(range(0, 3)) }));
    node.publish(1, 3);
}
