//! What a history holds in store: growth all along, faults until the calm.

use crate::world::{CHAOS, Event, World};
use std::time::Duration;

impl World {
    /// Growth all along; faults until the calm; at its start everything stands again.
    pub(crate) fn plan(&mut self) {
        let chaos = u64::try_from(CHAOS.as_millis()).unwrap();
        for node in 0..self.nodes.len() {
            // Some come with a long backlog, as after weeks without a line.
            let spread = if self.chance.percent(40) { 2000 } else { chaos };
            for _ in 0..self.nodes[node].entries.len() {
                let at = self.chance.millis(0, spread);
                self.at(at, Event::Grow(node));
            }
            let at = self.chance.millis(0, 3000);
            self.at(at, Event::Link(node, true));
            for _ in 0..self.chance.below(6) {
                let (down, up) = (self.chance.millis(0, chaos), self.chance.millis(10, 40_000));
                self.at(down, Event::Link(node, false));
                self.at(down + up, Event::Link(node, true));
            }
            for _ in 0..self.chance.below(3) {
                let at = self.chance.millis(0, chaos);
                self.at(at, Event::Restart(node));
                let up = self.chance.millis(10, 20_000);
                self.at(at + up, Event::Link(node, true));
            }
            self.at(CHAOS, Event::Link(node, false));
            self.at(CHAOS + Duration::from_secs(1), Event::Link(node, true));
        }
        for mirror in 0..self.mirrors.len() {
            for _ in 0..self.chance.below(3) {
                let (down, up) = (self.chance.millis(0, chaos), self.chance.millis(10, 90_000));
                self.at(down, Event::MirrorUp(mirror, false));
                self.at(down + up, Event::MirrorUp(mirror, true));
            }
            for _ in 0..self.chance.below(3) {
                let (back_up, restore) = (self.chance.millis(0, chaos), self.chance.millis(0, chaos));
                self.at(back_up, Event::BackUp(mirror));
                self.at(restore, Event::Restore(mirror));
            }
            self.at(CHAOS, Event::MirrorUp(mirror, true));
            self.at(Duration::from_millis(5), Event::Read(mirror));
        }
        for _ in 0..self.chance.below(4) {
            let at = self.chance.millis(0, chaos);
            self.at(at, Event::Wipe);
        }
    }
}
