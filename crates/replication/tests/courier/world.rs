//! Events in virtual time: everything that the courier, the power and the operators do to the machines.

use crate::broker::{Broker, Said};
use crate::chance::Chance;
use crate::mirror::Mirror;
use crate::mutant::{Failure, Mutant, settings};
use crate::node::Node;
use danvan_replication::{Action, Heard, Input, Receipt, ReceiptStatus, SpoolLast};
use danvan_tlog::{Batch, KeyName, LogKey, Size, VerifierKey};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::rc::Rc;
use std::time::Duration;

/// How long faults go on.
pub(crate) const CHAOS: Duration = Duration::from_mins(4);
/// How long the machines then have to put everything right; two patiences at their longest and some.
const CALM: Duration = Duration::from_hours(1);
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

pub(crate) enum Event {
    Grow(usize),
    Link(usize, bool),
    Restart(usize),
    Wake(usize),
    /// A publish reaches the broker; `answered` is false for a copy of which nobody expects an answer.
    Publish {
        node: usize,
        life: u64,
        ask: u64,
        batch: Rc<Batch>,
        expected: u64,
        answered: bool,
    },
    LookUp {
        node: usize,
        life: u64,
        ask: u64,
        receipts: bool,
    },
    Answer {
        node: usize,
        life: u64,
        ask: u64,
        answer: Answer,
    },
    Hear {
        node: usize,
        life: u64,
        receipt: Receipt,
    },
    Read(usize),
    MirrorUp(usize, bool),
    BackUp(usize),
    Restore(usize),
    Wipe,
}

pub(crate) enum Answer {
    Of(Input),
    Receipts(Vec<Receipt>),
    Nothing,
}

pub(crate) struct World {
    pub(crate) chance: Chance,
    now: Duration,
    queue: BinaryHeap<Reverse<(Duration, u64)>>,
    events: BTreeMap<u64, Event>,
    tickets: u64,
    broker: Broker,
    pub(crate) nodes: Vec<Node>,
    pub(crate) mirrors: Vec<Mirror>,
    mutant: Mutant,
    publishes: u64,
    grown: u64,
    faults: u64,
    sent_once: Vec<Size>,
}

impl World {
    pub(crate) fn new(seed: u64, mutant: Mutant) -> Self {
        let mut chance = Chance::new(seed);
        let keys: Vec<LogKey> = (0..=chance.below(3))
            .map(|n| {
                let name = KeyName::new(format!("example.com/u/unit-{n}")).unwrap();
                LogKey::from_seed(name, [u8::try_from(n + 1).unwrap(); 32])
            })
            .collect();
        let logs: Vec<VerifierKey> = keys.iter().map(|key| key.verifier_key().clone()).collect();
        let mirrors: Vec<Mirror> =
            (0..=chance.below(2)).map(|n| Mirror::new(usize::try_from(n).unwrap(), &logs, mutant)).collect();
        let mirror_keys: Vec<VerifierKey> = mirrors.iter().map(|mirror| mirror.verifier_key().clone()).collect();
        let nodes: Vec<Node> = keys
            .into_iter()
            .enumerate()
            .map(|(n, key)| {
                let entries = (0..20 + chance.below(120)).map(|i| format!("entry {i} of {n}").into_bytes()).collect();
                Node::new(key, entries, mirror_keys.clone(), seed ^ n as u64, settings(mutant))
            })
            .collect();
        let mut world = Self {
            chance,
            now: Duration::ZERO,
            queue: BinaryHeap::new(),
            events: BTreeMap::new(),
            tickets: 0,
            broker: Broker::default(),
            sent_once: vec![Size::ZERO; nodes.len()],
            nodes,
            mirrors,
            mutant,
            publishes: 0,
            grown: 0,
            faults: 0,
        };
        world.plan();
        world
    }

    pub(crate) fn run(mut self) -> Result<(), Failure> {
        while let Some(Reverse((at, ticket))) = self.queue.pop() {
            if at > CHAOS + CALM {
                break;
            }
            self.now = at;
            let event = self.events.remove(&ticket).unwrap();
            self.happen(event);
            let looks = ticket % 64 == 0 && self.now > CHAOS + Duration::from_secs(2);
            if looks && self.verdict().is_ok() {
                break;
            }
        }
        self.verdict()?;
        let bound = 100 + 2 * (self.grown + 2 * self.faults);
        if self.publishes > bound {
            return Err(Failure::Storm { publishes: self.publishes, bound });
        }
        Ok(())
    }

    fn verdict(&self) -> Result<(), Failure> {
        for (number, node) in self.nodes.iter().enumerate() {
            if let Some(alarm) = node.alarm() {
                return Err(Failure::Alarm { node: number, alarm: alarm.to_string() });
            }
            let (delivered, size) = (node.shipper.delivered().min(node.receipted_by_all()), node.size());
            if delivered != size || node.durable != node.entries.len() {
                return Err(Failure::NotDelivered { node: number, delivered, size });
            }
            for (mirror, copy) in self.mirrors.iter().enumerate() {
                let (held, size) = (copy.entries(number).len(), node.entries.len());
                if copy.entries(number) != node.entries {
                    return Err(Failure::MirrorDiffers { node: number, mirror, held, size });
                }
            }
        }
        Ok(())
    }

    pub(crate) fn at(&mut self, at: Duration, event: Event) {
        self.tickets += 1;
        self.events.insert(self.tickets, event);
        self.queue.push(Reverse((at.max(self.now), self.tickets)));
    }

    fn soon(&mut self, from: u64, to: u64, event: Event) {
        let at = self.now + self.chance.millis(from, to);
        self.at(at, event);
    }

    fn chaos(&self) -> bool {
        self.now < CHAOS
    }

    fn fault(&mut self, percent: u64) -> bool {
        self.chaos() && self.chance.percent(percent)
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Grow(node) => {
                self.nodes[node].durable += 1;
                self.grown += 1;
                let size = self.nodes[node].size();
                self.tell(node, Input::Grew(size));
            }
            Event::Link(node, up) => {
                self.faults += 1;
                self.nodes[node].linked = up;
                self.tell(node, if up { Input::Linked } else { Input::Unlinked });
            }
            Event::Restart(node) => {
                self.faults += 1;
                let seed = self.chance.below(u64::MAX);
                self.nodes[node].restart(seed);
            }
            Event::Wake(node) => {
                self.nodes[node].woken(self.now);
                self.act(node);
            }
            Event::Publish { node, life, ask, batch, expected, answered } => {
                self.arrive(node, (life, ask, answered), &batch, expected);
            }
            Event::LookUp { node, life, ask, receipts } => self.look_up(node, life, ask, receipts),
            Event::Answer { node, life, ask, answer } => self.answer(node, life, ask, answer),
            Event::Hear { node, life, receipt } => {
                if self.nodes[node].life == life && self.nodes[node].linked {
                    self.hear(node, &receipt);
                    self.act(node);
                }
            }
            Event::Read(mirror) => self.read(mirror),
            Event::MirrorUp(mirror, up) => self.mirrors[mirror].up = up,
            Event::BackUp(mirror) => self.mirrors[mirror].back_up(),
            Event::Restore(mirror) => {
                self.faults += 1;
                self.mirrors[mirror].restore();
            }
            Event::Wipe => {
                self.faults += 1;
                self.broker.wipe();
                for node in 0..self.nodes.len() {
                    self.happen(Event::Link(node, false));
                    self.soon(10, 5000, Event::Link(node, true));
                }
            }
        }
    }

    fn tell(&mut self, node: usize, input: Input) {
        let now = self.now;
        let published = match &input {
            Input::Published { range, .. } => Some(range.end()),
            _ => None,
        };
        self.nodes[node].shipper.handle(now, input);
        if let (Mutant::TrustsPubAck, Some(end)) = (self.mutant, published) {
            for by in self.nodes[node].mirror_names() {
                let heard = Heard { by, status: ReceiptStatus::Cosigned, next: end, cosigned: Some(end) };
                self.nodes[node].shipper.handle(now, Input::Receipt(heard));
            }
        }
        self.act(node);
    }

    fn hear(&mut self, node: usize, receipt: &Receipt) {
        let now = self.now;
        let heard = self.nodes[node].keep(receipt);
        if self.mutant != Mutant::TrustsPubAck {
            self.nodes[node].shipper.handle(now, Input::Receipt(heard));
        }
    }

    fn act(&mut self, node: usize) {
        let Some(action) = self.nodes[node].step(self.now) else {
            if let Some(at) = self.nodes[node].wake_to_plan() {
                self.at(at, Event::Wake(node));
            }
            return;
        };
        let life = self.nodes[node].life;
        let ask = self.tickets;
        self.nodes[node].asked = Some((ask, action));
        let late = self.now + ANSWER_WITHIN;
        self.at(late, Event::Answer { node, life, ask, answer: Answer::Nothing });
        match action {
            Action::Publish { start, limit, expected } => self.send(node, (life, ask), start, limit, expected),
            Action::LookUpOwn | Action::LookUpReceipts => {
                if !self.fault(5) && self.nodes[node].linked {
                    self.soon(1, 200, Event::LookUp { node, life, ask, receipts: action == Action::LookUpReceipts });
                }
            }
        }
    }

    fn send(&mut self, node: usize, (life, ask): (u64, u64), start: Size, limit: Size, expected: u64) {
        if self.fault(2) {
            let answer = Answer::Of(Input::PublishFailed);
            self.soon(0, 5, Event::Answer { node, life, ask, answer });
            return;
        }
        self.publishes += 1;
        let count = 1 + self.chance.below(limit.entries_since(start).min(8));
        let batch = self.nodes[node].batch(start, count);
        if self.mutant == Mutant::SendsNothingTwice && batch.range().end() <= self.sent_once[node] {
            let sequence = self.broker.last_of(node).map_or(0, |message| message.sequence);
            let answer = Answer::Of(Input::Published { range: batch.range(), sequence });
            self.soon(1000, 10_000, Event::Answer { node, life, ask, answer });
            return;
        }
        self.sent_once[node] = self.sent_once[node].max(batch.range().end());
        let publish = |answered| Event::Publish { node, life, ask, batch: batch.clone(), expected, answered };
        if self.fault(3) {
            self.soon(5000, 120_000, publish(true));
        } else if !self.fault(5) {
            self.soon(1, 300, publish(true));
        }
        if self.fault(4) {
            self.soon(1, 60_000, publish(false));
        }
    }

    fn arrive(&mut self, node: usize, (life, ask, answered): (u64, u64, bool), batch: &Rc<Batch>, expected: u64) {
        let said = self.broker.publish(node, batch, expected);
        if !answered || self.fault(5) || !self.nodes[node].linked {
            return;
        }
        let input = match said {
            Said::Stored(sequence) => Input::Published { range: batch.range(), sequence },
            Said::WrongLast => Input::PublishRefused,
            Said::NoStream => Input::PublishDoubtful,
        };
        self.soon(1, 100, Event::Answer { node, life, ask, answer: Answer::Of(input) });
    }

    fn look_up(&mut self, node: usize, life: u64, ask: u64, receipts: bool) {
        if self.fault(5) {
            return;
        }
        let answer = if !self.broker.exists {
            Answer::Of(Input::LookUpFailed)
        } else if receipts {
            Answer::Receipts(self.broker.receipts_of(node))
        } else {
            let last = self.broker.last_of(node);
            let last = last.map(|message| SpoolLast { sequence: message.sequence, range: Some(message.batch.range()) });
            Answer::Of(Input::OwnLast(last))
        };
        self.soon(1, 100, Event::Answer { node, life, ask, answer });
    }

    fn answer(&mut self, node: usize, life: u64, ask: u64, answer: Answer) {
        let Some((asked, action)) = self.nodes[node].asked else {
            return;
        };
        if self.nodes[node].life != life || asked != ask {
            return;
        }
        self.nodes[node].asked = None;
        match answer {
            Answer::Of(input) => self.tell(node, input),
            Answer::Receipts(receipts) => {
                for receipt in receipts {
                    self.hear(node, &receipt);
                }
                self.tell(node, Input::ReceiptsLookedUp);
            }
            Answer::Nothing if matches!(action, Action::Publish { .. }) => self.tell(node, Input::PublishDoubtful),
            Answer::Nothing => self.tell(node, Input::LookUpFailed),
        }
    }

    fn read(&mut self, mirror: usize) {
        self.soon(20, if self.chaos() { 500 } else { 3000 }, Event::Read(mirror));
        if !self.mirrors[mirror].up {
            return;
        }
        let chaos = self.chaos();
        let receipts = self.mirrors[mirror].read(&mut self.broker, &mut self.chance, chaos);
        for (node, receipt) in receipts {
            if self.fault(3) {
                continue;
            }
            self.broker.keep_receipt(node, mirror, receipt.clone());
            let life = self.nodes[node].life;
            for _ in 0..=u64::from(self.fault(5)) {
                if !self.fault(5) {
                    self.soon(1, 2000, Event::Hear { node, life, receipt: receipt.clone() });
                }
            }
        }
    }
}
