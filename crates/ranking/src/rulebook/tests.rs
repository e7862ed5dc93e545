//! Tests of reading a rulebook.

use super::*;

const TEXT: &str = include_str!("../../../../schemas/rulebooks/rb-cqtt-0.toml");

/// The frozen rulebook's digest. It may never change: rankings were published under it.
const FROZEN: &str = "c38bd73b080d3e3a04e1a8d6715ba8434758f4bdd360c25bd1a007b2c6daeffd";

/// The problems of the frozen rulebook after one replacement, as `line: key: problem`.
fn problems(from: &str, to: &str) -> Vec<String> {
    assert!(TEXT.contains(from), "{from}");
    let changed = TEXT.replacen(from, to, 1);
    match Rulebook::parse(changed.as_bytes()) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(ToString::to_string).collect(),
    }
}

fn line_of(text: &str) -> usize {
    TEXT.lines().position(|line| line.contains(text)).unwrap() + 1
}

#[test]
fn the_frozen_rulebook_is_sound_and_has_not_changed() {
    let rulebook = Rulebook::rb_cqtt_0();
    assert_eq!((rulebook.id(), rulebook.sha256()), ("rb-cqtt-0", FROZEN));
    let points: Vec<u32> =
        rulebook.components().iter().map(|component| component.criteria.iter().map(|c| c.max_centi).sum()).collect();
    assert_eq!(points, [1500, 1500, 3000, 2500]);
    assert_eq!(rulebook.criteria().count(), 12);
}

#[test]
fn the_total_is_scaled_once_and_a_half_goes_to_the_even_neighbour() {
    let rulebook = Rulebook::rb_cqtt_0();
    assert_eq!(rulebook.scale(0), 0);
    assert_eq!(rulebook.scale(8500), 10_000);
    assert_eq!(rulebook.scale(5497), 6467, "6467.06");
    assert_eq!(rulebook.scale(7225), 8500, "exactly 85 points");
}

#[test]
fn classes_begin_where_the_rulebook_says() {
    let rulebook = Rulebook::rb_cqtt_0();
    let classes =
        [10_000, 9000, 8999, 8000, 7999, 7000, 6999, 5000, 4999, 0].map(|score| rulebook.class_of(score).code());
    let expected = ["xuat_sac", "xuat_sac", "tot", "tot", "kha", "kha", "trung_binh", "trung_binh", "yeu", "yeu"];
    assert_eq!(classes, expected);
}

#[test]
fn all_problems_are_reported_at_once_each_with_its_line() {
    let changed = TEXT
        .replacen("low = 0.80", "low = 0.99", 1)
        .replacen("measure = \"apologies\"", "measure = \"apologees\"", 1)
        .replacen("sum_centi = 8500", "sum_centi = 9000", 1)
        .replacen("min_n = 10", "min_n = \"ten\"", 1);
    let problems = Rulebook::parse(changed.as_bytes()).unwrap_err();
    let lines: Vec<usize> = problems.iter().map(|problem| problem.line).collect();
    let keys: Vec<&str> = problems.iter().map(|problem| problem.key.as_str()).collect();
    assert_eq!(
        keys,
        [
            "total.sum_centi",
            "component.2.criterion.2.min_n",
            "component.2.criterion.3.measure",
            "component.4.criterion.1.high"
        ],
        "{problems:?}"
    );
    assert_eq!(lines[0], line_of("sum_centi = 8500"));
    assert_eq!(lines[2], line_of("measure = \"apologies\""));
    assert_eq!(lines[3], line_of("low = 0.80") + 1);
}

#[test]
fn a_key_that_nobody_reads_is_refused() {
    assert_eq!(
        problems("silence_from_transactions = 200", "silence_from_transactions = 200\nbonus = 5"),
        [format!(
            "line {}: bonus: không phải là mục của bộ tiêu chí này / is not a key of a rulebook of this procedure",
            line_of("silence_from_transactions") + 1
        )]
    );
}

#[test]
fn broken_syntax_names_its_line() {
    let found = problems("id = \"rb-cqtt-0\"", "id = \"rb-cqtt-0");
    assert!(found[0].starts_with(&format!("line {}: rulebook: ", line_of("id = \"rb-cqtt-0\""))), "{found:?}");
}

#[test]
fn goalposts_classes_priors_and_references_must_make_sense() {
    for (from, to, problem) in [
        ("low = 1.00\nhigh = 0.40", "low = 0.40\nhigh = 1.00", "must lie below low for this measure"),
        ("low = 1.00\nhigh = 0.40", "low = 0.40\nhigh = 0.40", "must differ from low"),
        ("from_centi = 8000", "from_centi = 9500", "class.2.from_centi: "),
        ("from_centi = 0", "from_centi = 1", "classes must run from the best one down to one that begins at 0"),
        ("decisive = [\"D1\", \"C1\"]", "decisive = [\"D1\", \"C9\"]", "C9 is no criterion"),
        ("code = \"A2\"", "code = \"A1\"", "A1 is used twice"),
        ("missing = \"full\"", "missing = \"prior\"", "is missing, and missing = \"prior\" needs it"),
        ("mean = 0.75, weight = 0", "mean = 0.75, weight = 5", "must be 0: no prior is added to this measure"),
        ("mean = 0.90, weight = 60", "mean = 1.90, weight = 60", "must be a number from 0 to 1 with"),
        ("max_centi = 300", "max_centi = -300", "must be an integer from 0 to 1000000"),
        ("sum_centi = 8500", "sum_centi = 0", "must be an integer from 1 to"),
        ("title_en = \"Weak\"", "title_en = \"\"", "must be a text that is not empty"),
        ("min_n = 1\n", "min_n = 0\n", "must be an integer from 1 to"),
        ("code = \"yeu\"", "code = \"kem\"", "must be one of xuat_sac"),
    ] {
        let found = problems(from, to);
        assert!(found.iter().any(|found| found.contains(problem)), "{from} -> {to}: {found:?}");
    }
}

#[test]
fn bytes_that_are_no_text_or_too_many_are_refused() {
    assert!(Rulebook::parse(&[0xff]).is_err());
    assert!(Rulebook::parse(&vec![b'#'; MAX_RULEBOOK_BYTES + 1]).is_err());
    assert!(!Rulebook::parse(b"").unwrap_err().is_empty());
}
