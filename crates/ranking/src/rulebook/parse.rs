//! From the bytes of a file to a rulebook, or to all that is wrong with it.

use std::collections::BTreeMap;

use danvan_event::SurveyChannel;
use toml::de::DeTable;

use super::coherence::{self, Spots};
use super::reader::{Problems, Spot, TableReader};
use super::{
    BasisPoints, Bonus, Cap, CapGround, ChannelShares, ClassBand, ClusterTerms, Component, Criterion, Goalpost,
    KioskRule, MAX_RULEBOOK_BYTES, Missing, Prior, Rulebook, RulebookError, RulebookFault, Safeguards, reads,
};
use crate::class::Class;
use crate::engine::Engine;
use crate::measure::{Measure, Scale};

/// The largest number of points, transactions or observations that a rulebook may name.
const NUMBER_MAX: u32 = 1_000_000;

/// The most operating days for which a claim may stand.
const CLAIM_DAYS_MAX: u32 = 100;

/// The largest weight of a prior.
const WEIGHT_MAX: u32 = 10_000;

const MISSING: [(&str, Missing); 3] = [("prior", Missing::Prior), ("full", Missing::Full), ("zero", Missing::Zero)];

/// Reads the file; the digest is left to the caller.
pub(super) fn parse(bytes: &[u8]) -> Result<Rulebook, Vec<RulebookError>> {
    let whole_file = |fault| vec![RulebookError { line: 1, key: "rulebook".to_owned(), fault }];
    if bytes.len() > MAX_RULEBOOK_BYTES {
        return Err(whole_file(RulebookFault::TooLarge(MAX_RULEBOOK_BYTES)));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| whole_file(RulebookFault::NotUtf8))?;
    let mut problems = Problems::of(text);
    let (table, syntax_errors) = DeTable::parse_recoverable(text);
    for error in &syntax_errors {
        let fault = RulebookFault::Syntax(error.message().to_owned());
        problems.add(error.span().map_or(0, |span| span.start), "rulebook", fault);
    }
    let rulebook = if syntax_errors.is_empty() { Some(read(table.get_ref(), &mut problems)) } else { None };
    let found = problems.into_sorted();
    match rulebook {
        Some(rulebook) if found.is_empty() => Ok(rulebook),
        _ => Err(found),
    }
}

/// What is carried along while the tables are read.
struct Reading<'problems> {
    engine: Engine,
    problems: &'problems mut Problems,
    spots: Spots,
}

fn read(table: &DeTable<'_>, problems: &mut Problems) -> Rulebook {
    let mut reader = TableReader::new(table, "", 0);
    let engines = Engine::ALL.map(|engine| (engine.code(), engine));
    let engine = if reader.has("engine") {
        // A file with an unknown one is judged by the newest, so that this stays its one problem.
        reader.choice("engine", &engines, problems).unwrap_or(Engine::Second)
    } else {
        Engine::First
    };
    let mut reading = Reading { engine, problems, spots: Spots::default() };
    let rulebook = reading.rulebook(&mut reader);
    coherence::check(&rulebook, &reading.spots, reading.problems);
    reader.finish(reading.problems);
    rulebook
}

impl Reading<'_> {
    fn rulebook(&mut self, reader: &mut TableReader<'_>) -> Rulebook {
        let (sum_centi, scaled_centi) = self.total(reader);
        let second = self.engine >= Engine::Second;
        self.spots.decisive = reader.texts("decisive", self.problems);
        self.spots.ties = reader.texts("ties", self.problems);
        self.spots.class = reader.offset("class");
        if second && reader.has("silence_components") {
            self.spots.silence = reader.texts("silence_components", self.problems);
        }
        Rulebook {
            engine: self.engine,
            id: reader.text("id", self.problems),
            sha256: String::new(),
            title_vi: reader.text("title_vi", self.problems),
            title_en: reader.text("title_en", self.problems),
            decisive: texts(&self.spots.decisive),
            ties: texts(&self.spots.ties),
            silence_from_transactions: u64::from(reader.integer(
                "silence_from_transactions",
                0..=NUMBER_MAX,
                self.problems,
            )),
            silence_components: texts(&self.spots.silence),
            sum_centi,
            scaled_centi,
            classes: reader.tables("class", self.problems).into_iter().map(|class| self.class(class)).collect(),
            components: reader
                .tables("component", self.problems)
                .into_iter()
                .map(|item| self.component(item))
                .collect(),
            bonus: if second {
                reader.optional_table("bonus", self.problems).map(|item| self.bonus(item))
            } else {
                None
            },
            caps: if second { self.caps(reader) } else { Vec::new() },
            safeguards: if second {
                let table = reader.optional_table("safeguards", self.problems);
                table.map_or(Safeguards::NONE, |item| self.safeguards(item))
            } else {
                Safeguards::NONE
            },
            channels: if second {
                reader.optional_table("channels", self.problems).and_then(|item| self.channels(item))
            } else {
                None
            },
            clusters: if second { self.clusters(reader) } else { BTreeMap::new() },
        }
    }

    fn total(&mut self, reader: &mut TableReader<'_>) -> (u32, u32) {
        let Some(mut total) = reader.table("total", self.problems) else { return (1, 0) };
        let sum = total.integer("sum_centi", 1..=NUMBER_MAX, self.problems);
        let scaled = total.integer("scaled_centi", 0..=NUMBER_MAX, self.problems);
        self.spots.sum = total.offset("sum_centi");
        total.finish(self.problems);
        (sum, scaled)
    }

    fn class(&mut self, mut reader: TableReader<'_>) -> ClassBand {
        let choices = Class::SCORED.map(|class| (class.code(), class));
        let band = ClassBand {
            code: reader.choice("code", &choices, self.problems).unwrap_or(Class::Yeu),
            from_centi: reader.integer("from_centi", 0..=NUMBER_MAX, self.problems),
            title_vi: reader.text("title_vi", self.problems),
            title_en: reader.text("title_en", self.problems),
        };
        self.spots.classes.push((reader.path("from_centi"), reader.offset("from_centi")));
        reader.finish(self.problems);
        band
    }

    fn component(&mut self, mut reader: TableReader<'_>) -> Component {
        let component = Component {
            code: reader.text("code", self.problems),
            title_vi: reader.text("title_vi", self.problems),
            title_en: reader.text("title_en", self.problems),
            criteria: reader.tables("criterion", self.problems).into_iter().map(|item| self.criterion(item)).collect(),
        };
        reader.finish(self.problems);
        component
    }

    fn criterion(&mut self, mut reader: TableReader<'_>) -> Criterion {
        // What depends on a measure that is unknown is not judged: one slip of the pen is one problem.
        let known = self.measure(&mut reader);
        let measure = known.unwrap_or(Measure::RolloutDocuments);
        let most = if known.is_some_and(|known| known.scale() == Scale::Share) { 1 } else { Goalpost::MOST };
        let mut goalpost = |key| reader.decimal(key, most, self.problems).and_then(Goalpost::new);
        let (low, high) = (goalpost("low"), goalpost("high"));
        let criterion = Criterion {
            code: reader.text("code", self.problems),
            title_vi: reader.text("title_vi", self.problems),
            title_en: reader.text("title_en", self.problems),
            measure,
            max_centi: reader.integer("max_centi", 0..=NUMBER_MAX, self.problems),
            low: low.unwrap_or(Goalpost::ZERO),
            high: high.unwrap_or(Goalpost::ONE),
            min_n: u64::from(reader.integer("min_n", 1..=NUMBER_MAX, self.problems)),
            missing: reader.choice("missing", &MISSING, self.problems).unwrap_or(Missing::Zero),
            prior: reader.optional_table("prior", self.problems).map(|prior| self.prior(prior)),
        };
        self.spots.codes.push((criterion.code.clone(), reader.path("code"), reader.offset("code")));
        if known.is_some() && low.is_some() && high.is_some() {
            self.goalposts(&criterion, &reader);
        }
        if criterion.missing == Missing::Prior && criterion.prior.is_none() {
            self.problems.add(reader.offset("missing"), reader.path("prior"), RulebookFault::PriorNeeded);
        }
        let weighs = criterion.prior.is_some_and(|prior| prior.weight > 0);
        if weighs && known.is_some_and(|known| !known.takes_prior()) {
            self.problems.add(reader.offset("prior"), reader.path("prior.weight"), RulebookFault::PriorWeighs);
        }
        if self.engine >= Engine::Second && reader.has("reads") {
            let named = reader.texts("reads", self.problems);
            reads::check(known, &reader.path("reads"), reader.offset("reads"), &named, self.problems);
        }
        reader.finish(self.problems);
        criterion
    }

    fn measure(&mut self, reader: &mut TableReader<'_>) -> Option<Measure> {
        let choices = Measure::ALL.map(|measure| (measure.code(), measure));
        let measure = reader.choice("measure", &choices, self.problems)?;
        if measure.since() > self.engine {
            reader.wrong("measure", RulebookFault::MeasureTooNew(measure.since().code()), self.problems);
        }
        Some(measure)
    }

    fn goalposts(&mut self, criterion: &Criterion, reader: &TableReader<'_>) {
        let less_is_better = criterion.measure.less_is_better();
        if criterion.low == criterion.high {
            reader.wrong("high", RulebookFault::GoalpostsEqual, self.problems);
        } else if (criterion.high < criterion.low) != less_is_better {
            reader.wrong("high", RulebookFault::GoalpostsReversed(less_is_better), self.problems);
        }
    }

    fn prior(&mut self, mut reader: TableReader<'_>) -> Prior {
        let mean = reader.decimal("mean", 1, self.problems).and_then(BasisPoints::new);
        let prior = Prior {
            mean: mean.unwrap_or(BasisPoints::ONE),
            weight: reader.integer("weight", 0..=WEIGHT_MAX, self.problems),
        };
        reader.finish(self.problems);
        prior
    }

    fn bonus(&mut self, mut reader: TableReader<'_>) -> Bonus {
        let bonus = Bonus {
            max_centi: reader.integer("max_centi", 0..=NUMBER_MAX, self.problems),
            title_vi: reader.text("title_vi", self.problems),
            title_en: reader.text("title_en", self.problems),
            criteria: reader.tables("criterion", self.problems).into_iter().map(|item| self.criterion(item)).collect(),
        };
        self.spots.bonus = reader.offset("max_centi");
        reader.finish(self.problems);
        bonus
    }

    fn caps(&mut self, reader: &mut TableReader<'_>) -> Vec<Cap> {
        let at_most = [Class::SCORED.as_slice(), &[Class::KhongXepLoai]].concat();
        let at_most: Vec<_> = at_most.into_iter().map(|class| (class.code(), class)).collect();
        let tables = reader.optional_tables("cap", self.problems);
        let read = |mut item: TableReader<'_>| {
            let cap = Cap {
                when: item.choice("when", &CapGround::ALL, self.problems).unwrap_or(CapGround::SeriousBreach),
                at_most: item.choice("at_most", &at_most, self.problems).unwrap_or(Class::KhongXepLoai),
                title_vi: item.text("title_vi", self.problems),
                title_en: item.text("title_en", self.problems),
            };
            self.spots.caps.push((item.path("at_most"), item.offset("at_most")));
            item.finish(self.problems);
            cap
        };
        tables.into_iter().map(read).collect()
    }

    fn safeguards(&mut self, mut reader: TableReader<'_>) -> Safeguards {
        const COUNTS: [(&str, bool); 2] = [("count", true), ("shown", false)];
        let days = reader.integer("claim_days", 0..=CLAIM_DAYS_MAX, self.problems);
        let kiosk = reader.choice("kiosk_answers", &KioskRule::ALL, self.problems);
        self.spots.kiosk_is_unclear = kiosk.is_none();
        let safeguards = Safeguards {
            claim_days: u8::try_from(days).ok(),
            office_cases: reader.choice("office_cases", &COUNTS, self.problems).unwrap_or(true),
            kiosk_answers: kiosk.unwrap_or(KioskRule::Count),
            extensions: reader.choice("extensions", &COUNTS, self.problems).unwrap_or(true),
        };
        reader.finish(self.problems);
        safeguards
    }

    fn channels(&mut self, mut reader: TableReader<'_>) -> Option<ChannelShares> {
        let shares = SurveyChannel::ALL
            .map(|channel| reader.decimal(channel.code(), 1, self.problems).and_then(BasisPoints::new));
        let sum: Option<u32> = shares.iter().map(|share| share.map(BasisPoints::get)).sum();
        let (path, offset) = (reader.path(""), reader.start());
        for (channel, share) in SurveyChannel::ALL.into_iter().zip(shares) {
            if let Some(share) = share {
                let code = channel.code();
                self.spots.shares.push((reader.path(code), reader.offset(code), channel, share));
            }
        }
        reader.finish(self.problems);
        let path = path.trim_end_matches('.');
        match sum {
            Some(sum) if sum == BasisPoints::ONE.get() => {
                Some(ChannelShares::new(shares.map(|share| share.unwrap_or(BasisPoints::ONE))))
            }
            Some(sum) => {
                self.problems.add(offset, path, RulebookFault::SharesDoNotSum(sum));
                None
            }
            None => None,
        }
    }

    fn clusters(&mut self, reader: &mut TableReader<'_>) -> BTreeMap<String, ClusterTerms> {
        let mut clusters = BTreeMap::new();
        for mut item in reader.optional_tables("cluster", self.problems) {
            let name = item.text("name", self.problems);
            let channels = item.optional_table("channels", self.problems).and_then(|table| self.channels(table));
            let mut priors = BTreeMap::new();
            if let Some(mut table) = item.optional_table("priors", self.problems) {
                for code in table.keys() {
                    if let Some(prior) = table.table(&code.text, self.problems) {
                        priors.insert(code.text.clone(), self.prior(prior));
                        self.spots.cluster_priors.push((code.clone(), table.path(&code.text)));
                    }
                }
            }
            if clusters.contains_key(&name) {
                item.wrong("name", RulebookFault::UsedTwice(name.clone()), self.problems);
            }
            item.finish(self.problems);
            clusters.insert(name, ClusterTerms { channels, priors });
        }
        clusters
    }
}

fn texts(spots: &[Spot]) -> Vec<String> {
    spots.iter().map(|spot| spot.text.clone()).collect()
}
