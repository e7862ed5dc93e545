//! The story of one ledger by seed: several lives, and what lies between them.

use crate::life::Life;
use crate::medium;
use crate::step::Step;
use crate::truth::Truth;
use crate::world::{Layer, Manner, Verdict, draw_config};
use danvan_testkit::{Dice, Fault, FaultyStorage};

/// A story, as far as it is told.
pub(crate) struct Story {
    pub(crate) dice: Dice,
    pub(crate) disk: FaultyStorage,
    pub(crate) truth: Truth,
    pub(crate) next: u64,
    /// The log that is alive, the first of which is 1.
    pub(crate) incarnation: u8,
    /// How many disks were bought.
    pub(crate) disks: u64,
    /// What happened, for whoever has to find out why.
    pub(crate) trace: Vec<String>,
}

impl Story {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            dice: Dice::new(seed),
            disk: FaultyStorage::new(),
            truth: Truth::default(),
            next: 0,
            incarnation: 1,
            disks: 0,
            trace: Vec::new(),
        }
    }

    /// Tells it to the end, or to the first broken promise.
    pub(crate) fn tell(&mut self, layer: Layer<'_>) -> Verdict {
        for _ in 0..2 + self.dice.below(4) {
            self.arm();
            let length = 1 + self.dice.below(14);
            self.live(layer, length)?;
            self.go_on();
        }
        // Nothing fails in the last life, so nothing excuses anything.
        let length = 1 + self.dice.below(6);
        self.live(layer, length)?;
        if self.dice.chance(60) {
            self.spoil(layer)?;
        }
        Ok(())
    }

    /// Draws what the disk will do in the next life.
    pub(crate) fn arm(&mut self) {
        let dice = &mut self.dice;
        let mut disk = self.disk.clone();
        if dice.chance(75) {
            let horizon = [12, 40, 120][dice.place(3)];
            let faults = Fault::draw(dice, (0, horizon), 2);
            self.trace.push(format!("faults: {faults:?}"));
            disk = disk.with_faults(faults).with_chance(Dice::new(dice.roll()));
        }
        if dice.chance(15) {
            let fault = [Fault::Io, Fault::Short][dice.place(2)];
            let at = dice.below(150);
            self.trace.push(format!("{fault:?} at look {at}"));
            disk = disk.with_read_fault(at, fault);
        }
        if dice.chance(15) {
            let room = disk.used() + dice.place(60_000);
            self.trace.push(format!("capacity {room} bytes"));
            disk.set_capacity(room);
        }
        self.disk = disk;
    }

    fn live(&mut self, layer: Layer<'_>, length: u64) -> Verdict {
        let config = draw_config(&mut self.dice);
        let steps: Vec<Step> = (0..length).map(|_| Step::draw(&mut self.dice)).collect();
        let is_drained = self.dice.chance(30);
        let kind = (1, Manner::OnDemand, config);
        let mut life = Life::new(&self.disk, layer, kind, (&mut self.truth, &mut self.next, &mut self.trace));
        let Some(ledger) = life.start()? else { return Ok(()) };
        for step in steps {
            if !life.step(&ledger, step)? {
                return Ok(());
            }
        }
        if is_drained { life.drain(ledger) } else { Ok(()) }
    }

    /// The process has ended; perhaps the power went as well.
    pub(crate) fn go_on(&mut self) {
        if self.dice.chance(40) {
            self.trace.push("-- the next process --".to_owned());
            self.disk = self.disk.after_restart();
        } else {
            let percent = [0, 15, 50, 85, 100][self.dice.place(5)];
            self.trace.push(format!("-- a power cut that {percent} % survive --"));
            let dice = &mut self.dice;
            self.disk = self.disk.after_power_cut(&mut || dice.chance(percent));
        }
        self.disk.set_capacity(usize::MAX);
    }

    /// The medium damages what was confirmed, in several ways, each time from the start.
    fn spoil(&mut self, layer: Layer<'_>) -> Verdict {
        let confirmed = self.disk.after_power_cut(&mut || false).files();
        for _ in 0..4 {
            let faults = medium::draw(&mut self.dice, &confirmed);
            let damage: Vec<String> = faults.iter().map(ToString::to_string).collect();
            self.trace.push(format!("-- the medium: {}", damage.join("; ")));
            let outcome = medium::verdict(layer, &self.truth, &confirmed, &faults)?;
            self.trace.push(format!("{outcome:?}"));
        }
        Ok(())
    }
}
