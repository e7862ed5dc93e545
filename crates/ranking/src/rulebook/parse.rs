//! From the bytes of a file to a rulebook, or to all that is wrong with it.

use std::collections::BTreeSet;

use toml::de::DeTable;

use super::reader::{Problems, TableReader};
use super::{
    BasisPoints, ClassBand, Component, Criterion, MAX_RULEBOOK_BYTES, Missing, Prior, Rulebook, RulebookError,
};
use crate::class::Class;
use crate::measure::Measure;

/// The largest number of points, transactions or observations that a rulebook may name.
const NUMBER_MAX: u32 = 1_000_000;

const MISSING: [(&str, Missing); 3] = [("prior", Missing::Prior), ("full", Missing::Full), ("zero", Missing::Zero)];

/// Reads the file; the digest is left to the caller.
pub(super) fn parse(bytes: &[u8]) -> Result<Rulebook, Vec<RulebookError>> {
    let whole_file =
        |problem: &str| vec![RulebookError { line: 1, key: "rulebook".to_owned(), problem: problem.to_owned() }];
    if bytes.len() > MAX_RULEBOOK_BYTES {
        return Err(whole_file(&format!("must not be larger than {MAX_RULEBOOK_BYTES} bytes")));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| whole_file("must be UTF-8 text"))?;
    let mut problems = Problems::of(text);
    let (table, syntax_errors) = DeTable::parse_recoverable(text);
    for error in &syntax_errors {
        problems.add(error.span().map_or(0, |span| span.start), "rulebook", error.message());
    }
    let rulebook = if syntax_errors.is_empty() { Some(read(table.get_ref(), &mut problems)) } else { None };
    let found = problems.into_sorted();
    match rulebook {
        Some(rulebook) if found.is_empty() => Ok(rulebook),
        _ => Err(found),
    }
}

fn read(table: &DeTable<'_>, problems: &mut Problems) -> Rulebook {
    let mut reader = TableReader::new(table, "", 0);
    let (sum_centi, scaled_centi) = read_total(&mut reader, problems);
    let rulebook = Rulebook {
        id: reader.text("id", problems),
        sha256: String::new(),
        title_vi: reader.text("title_vi", problems),
        title_en: reader.text("title_en", problems),
        decisive: reader.texts("decisive", problems),
        ties: reader.texts("ties", problems),
        silence_from_transactions: u64::from(reader.integer("silence_from_transactions", 0..=NUMBER_MAX, problems)),
        sum_centi,
        scaled_centi,
        classes: reader.tables("class", problems).into_iter().map(|class| read_class(class, problems)).collect(),
        components: reader
            .tables("component", problems)
            .into_iter()
            .map(|item| read_component(item, problems))
            .collect(),
    };
    check_codes(&rulebook, &reader, problems);
    check_classes(&rulebook, &reader, problems);
    reader.finish(problems);
    rulebook
}

fn read_total(reader: &mut TableReader<'_>, problems: &mut Problems) -> (u32, u32) {
    let Some(mut total) = reader.table("total", problems) else { return (1, 0) };
    let sum = total.integer("sum_centi", 1..=NUMBER_MAX, problems);
    let scaled = total.integer("scaled_centi", 0..=NUMBER_MAX, problems);
    total.finish(problems);
    (sum, scaled)
}

fn read_class(mut reader: TableReader<'_>, problems: &mut Problems) -> ClassBand {
    let choices = Class::SCORED.map(|class| (class.code(), class));
    let band = ClassBand {
        code: reader.choice("code", &choices, problems).unwrap_or(Class::Yeu),
        from_centi: reader.integer("from_centi", 0..=NUMBER_MAX, problems),
        title_vi: reader.text("title_vi", problems),
        title_en: reader.text("title_en", problems),
    };
    reader.finish(problems);
    band
}

fn read_component(mut reader: TableReader<'_>, problems: &mut Problems) -> Component {
    let component = Component {
        code: reader.text("code", problems),
        title_vi: reader.text("title_vi", problems),
        title_en: reader.text("title_en", problems),
        criteria: reader.tables("criterion", problems).into_iter().map(|item| read_criterion(item, problems)).collect(),
    };
    reader.finish(problems);
    component
}

fn read_criterion(mut reader: TableReader<'_>, problems: &mut Problems) -> Criterion {
    let choices = Measure::ALL.map(|measure| (measure.code(), measure));
    let zero = BasisPoints(0);
    let criterion = Criterion {
        code: reader.text("code", problems),
        title_vi: reader.text("title_vi", problems),
        title_en: reader.text("title_en", problems),
        measure: reader.choice("measure", &choices, problems).unwrap_or(Measure::RolloutDocuments),
        max_centi: reader.integer("max_centi", 0..=NUMBER_MAX, problems),
        low: reader.fraction("low", problems).unwrap_or(zero),
        high: reader.fraction("high", problems).unwrap_or(BasisPoints::ONE),
        min_n: u64::from(reader.integer("min_n", 1..=NUMBER_MAX, problems)),
        missing: reader.choice("missing", &MISSING, problems).unwrap_or(Missing::Zero),
        prior: reader.optional_table("prior", problems).map(|prior| read_prior(prior, problems)),
    };
    if criterion.low == criterion.high {
        problems.add(reader.offset("high"), reader.path("high"), "must differ from low");
    }
    if (criterion.high < criterion.low) != criterion.measure.less_is_better() {
        let order = if criterion.measure.less_is_better() { "must lie below low" } else { "must lie above low" };
        problems.add(reader.offset("high"), reader.path("high"), format!("{order} for this measure"));
    }
    if criterion.missing == Missing::Prior && criterion.prior.is_none() {
        problems.add(reader.offset("missing"), reader.path("prior"), "is missing, and missing = \"prior\" needs it");
    }
    if criterion.prior.is_some_and(|prior| prior.weight > 0) && !criterion.measure.is_proportion() {
        problems.add(
            reader.offset("prior"),
            reader.path("prior.weight"),
            "must be 0 for a measure that is no proportion",
        );
    }
    reader.finish(problems);
    criterion
}

fn read_prior(mut reader: TableReader<'_>, problems: &mut Problems) -> Prior {
    let prior = Prior {
        mean: reader.fraction("mean", problems).unwrap_or(BasisPoints::ONE),
        weight: reader.integer("weight", 0..=10_000, problems),
    };
    reader.finish(problems);
    prior
}

fn check_codes(rulebook: &Rulebook, reader: &TableReader<'_>, problems: &mut Problems) {
    let mut codes = BTreeSet::new();
    for criterion in rulebook.criteria() {
        if !criterion.code.is_empty() && !codes.insert(criterion.code.as_str()) {
            problems.add(
                reader.offset("component"),
                "component.criterion",
                format!("code {} is used twice", criterion.code),
            );
        }
    }
    for (key, named) in [("decisive", &rulebook.decisive), ("ties", &rulebook.ties)] {
        for code in named.iter().filter(|code| !codes.contains(code.as_str())) {
            problems.add(reader.offset(key), key, format!("{code} is no criterion of this rulebook"));
        }
    }
    let sum: u64 = rulebook.criteria().map(|criterion| u64::from(criterion.max_centi)).sum();
    if sum != u64::from(rulebook.sum_centi) {
        let problem = format!("is {}, but the criteria give {sum}", rulebook.sum_centi);
        problems.add(reader.offset("total"), "total.sum_centi", problem);
    }
}

fn check_classes(rulebook: &Rulebook, reader: &TableReader<'_>, problems: &mut Problems) {
    let classes = &rulebook.classes;
    let falling = classes.windows(2).all(|pair| pair[0].from_centi > pair[1].from_centi && pair[0].code < pair[1].code);
    let reaches_zero = classes.last().is_some_and(|lowest| lowest.from_centi == 0);
    if !falling || !reaches_zero {
        problems.add(reader.offset("class"), "class", "must run from the best class down to one that begins at 0");
    }
}
