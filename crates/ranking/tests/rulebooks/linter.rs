//! A wrong rulebook is refused whole, and told all that is wrong with it: each with its line, its key, and in two languages.

use danvan_ranking::{RB_CQTT_1, Rulebook, RulebookFault};

/// The shipped file after one replacement, and the line on which it was made.
fn changed(from: &str, to: &str) -> (String, usize) {
    let text = std::str::from_utf8(RB_CQTT_1).unwrap();
    let at = text.find(from).unwrap_or_else(|| panic!("{from}"));
    let first_line_of_from = text[..at].matches('\n').count() + 1;
    (text.replacen(from, to, 1), first_line_of_from)
}

/// Every problem as line, key and fault.
fn problems(text: &str) -> Vec<(usize, String, RulebookFault)> {
    match Rulebook::parse(text.as_bytes()) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.into_iter().map(|problem| (problem.line, problem.key, problem.fault)).collect(),
    }
}

/// One mistake: what is replaced, by what, how many lines below the replaced text's first the mistake is told, under which
/// key, and what it is.
type Mistake = (&'static str, &'static str, usize, &'static str, RulebookFault);

/// Mistakes in numbers.
fn mistakes_of_numbers() -> Vec<Mistake> {
    vec![
        ("sum_centi = 10000", "sum_centi = 9000", 0, "total.sum_centi", RulebookFault::WeightsDoNotSum(9000, 10_000)),
        (
            "low = 0.70\nhigh = 0.98",
            "low = 0.98\nhigh = 0.70",
            1,
            "component.3.criterion.1.high",
            RulebookFault::GoalpostsReversed(false),
        ),
        (
            "low = 1.00\nhigh = 0.40",
            "low = 0.40\nhigh = 1.00",
            1,
            "component.3.criterion.3.high",
            RulebookFault::GoalpostsReversed(true),
        ),
        ("low = 10\nhigh = 3", "low = 3\nhigh = 3", 1, "component.6.criterion.1.high", RulebookFault::GoalpostsEqual),
        (
            "low = 0.70\nhigh = 0.98",
            "low = 0.70\nhigh = 1.98",
            1,
            "component.3.criterion.1.high",
            RulebookFault::NotDecimal(1),
        ),
        (
            "low = 0\nhigh = 6",
            "low = 0\nhigh = 1001",
            1,
            "component.5.criterion.2.high",
            RulebookFault::NotDecimal(1_000),
        ),
        (
            "mean = 0.75, weight = 0",
            "mean = 1.01, weight = 0",
            0,
            "component.2.criterion.1.prior.mean",
            RulebookFault::NotDecimal(1),
        ),
        (
            "mean = 0.90, weight = 30",
            "mean = 0.90, weight = 10001",
            0,
            "component.3.criterion.1.prior.weight",
            RulebookFault::NotInteger(0, 10_000),
        ),
        (
            "mean = 0.75, weight = 0",
            "mean = 0.75, weight = 9",
            0,
            "component.2.criterion.1.prior.weight",
            RulebookFault::PriorWeighs,
        ),
        (
            "scaled_centi = 10000",
            "scaled_centi = \"10000\"",
            0,
            "total.scaled_centi",
            RulebookFault::NotInteger(0, 1_000_000),
        ),
    ]
}

/// Parts that do not fit each other.
fn mistakes_of_references() -> Vec<Mistake> {
    let text = String::from;
    vec![
        ("ties = [\"D1\"", "ties = [\"D9\"", 0, "ties", RulebookFault::NoCriterion(text("D9"))),
        (
            "decisive = [\"D1\", \"C1\"]",
            "decisive = [\"D1\", \"X1\"]",
            0,
            "decisive",
            RulebookFault::NoCriterion(text("X1")),
        ),
        (
            "silence_components = [\"C\"]",
            "silence_components = [\"Z\"]",
            0,
            "silence_components",
            RulebookFault::NoComponent(text("Z")),
        ),
        (
            "[channels]\nkiosk = 0\nqr = 0.30",
            "[channels]\nkiosk = 0\nqr = 0.31",
            0,
            "channels",
            RulebookFault::SharesDoNotSum(10_100),
        ),
        ("kiosk = 0\nqr = 0.30", "kiosk = 0.10\nqr = 0.20", 0, "channels.kiosk", RulebookFault::ShareWithoutAnswers),
        (
            "{ kiosk = 0, qr = 0.3333",
            "{ kiosk = 0.1, qr = 0.2333",
            0,
            "cluster.1.channels.kiosk",
            RulebookFault::ShareWithoutAnswers,
        ),
        (
            "paper = 0.20\nphone = 0.20",
            "paper = 0.40\nphone = 0",
            1,
            "channels.phone",
            RulebookFault::AnswersWithoutShare,
        ),
        (
            "kiosk = 0, qr = 0.3333",
            "kiosk = 0, qr = 0.3332",
            0,
            "cluster.1.channels",
            RulebookFault::SharesDoNotSum(9_999),
        ),
        (
            "name = \"Phường · Tỉnh Thanh Hóa\"",
            "name = \"Huyện Ngọc Lặc\"",
            0,
            "cluster.2.name",
            RulebookFault::UsedTwice(text("Huyện Ngọc Lặc")),
        ),
        ("at_most = \"kha\"", "at_most = \"ba_sao\"", 0, "cap.1.at_most", RulebookFault::CapWithoutClass),
        (
            "[bonus]\nmax_centi = 500",
            "[bonus]\nmax_centi = 501",
            1,
            "bonus.max_centi",
            RulebookFault::BonusTooHigh(500),
        ),
        ("code = \"A2\"", "code = \"A1\"", 0, "component.1.criterion.2.code", RulebookFault::UsedTwice(text("A1"))),
    ]
}

/// Mistakes in words and shapes.
fn mistakes_of_words() -> Vec<Mistake> {
    vec![
        (
            "office_cases = \"shown\"",
            "office_cases = \"hidden\"",
            0,
            "safeguards.office_cases",
            RulebookFault::NotOneOf(vec!["count", "shown"]),
        ),
        (
            "kiosk_answers = \"shown\"",
            "kiosk_answers = \"hidden\"",
            0,
            "safeguards.kiosk_answers",
            RulebookFault::NotOneOf(vec!["count", "uncrowded", "shown"]),
        ),
        ("claim_days = 1", "claim_days = 101", 0, "safeguards.claim_days", RulebookFault::NotInteger(0, 100)),
        (
            "measure = \"dialogues\"",
            "measure = \"dialogs\"",
            0,
            "component.5.criterion.1.measure",
            RulebookFault::NotOneOf(Measures::codes()),
        ),
        (
            "engine = \"danvan-ranking/2\"",
            "engine = \"danvan-ranking/9\"",
            0,
            "engine",
            RulebookFault::NotOneOf(vec!["danvan-ranking/1", "danvan-ranking/2"]),
        ),
        ("from_centi = 8000", "from_centi = 9000", 0, "class.2.from_centi", RulebookFault::ClassesNotFalling),
        ("from_centi = 0", "from_centi = 1", 0, "class.5.from_centi", RulebookFault::ClassesNotFalling),
        (
            "when = \"serious_breach\"",
            "when = \"rumour\"",
            0,
            "cap.1.when",
            RulebookFault::NotOneOf(vec!["serious_breach", "falsified_evidence"]),
        ),
        ("title_en = \"Data discipline\"", "title_en = \" \"", 0, "component.6.title_en", RulebookFault::NotText),
        ("ties = [\"D1\", \"C1\", \"C2\"]", "ties = \"D1\"", 0, "ties", RulebookFault::NotTexts),
        (
            "silence_from_transactions = 200",
            "silence_from_transactions = 200\nsilence = 1",
            1,
            "silence",
            RulebookFault::UnknownKey,
        ),
    ]
}

/// Mistakes in what a criterion says that it reads.
fn mistakes_of_reading() -> Vec<Mistake> {
    let text = String::from;
    let rating = "    \"survey.answered.v1#/rating\",";
    let key = "component.4.criterion.1.reads";
    vec![
        (
            rating,
            "    \"survey.answered.v1#/rating\",\n    \"survey.asked.v1#/rating\",",
            1,
            key,
            RulebookFault::UnknownType(text("survey.asked.v1")),
        ),
        (
            rating,
            "    \"survey.answered.v1#/rating\",\n    \"survey.answered.v1#/stars\",",
            1,
            key,
            RulebookFault::UnknownField(text("survey.answered.v1#/stars")),
        ),
        (
            rating,
            "    \"survey.answered.v1#/rating\",\n    \"feedback.received.v1#/text\",",
            1,
            key,
            RulebookFault::PersonalField(text("feedback.received.v1#/text")),
        ),
        (
            rating,
            "    \"survey.answered.v1#/rating\",\n    \"feedback.received.v1#/kind\",",
            1,
            key,
            RulebookFault::NotRead(text("feedback.received.v1#/kind")),
        ),
        (
            rating,
            "    \"survey.answered.v1#/rating\",\n    \"the stars\",",
            1,
            key,
            RulebookFault::NoReference(text("the stars")),
        ),
    ]
}

/// The words for the measures, in their order.
struct Measures;

impl Measures {
    fn codes() -> Vec<&'static str> {
        danvan_ranking::Measure::ALL.map(danvan_ranking::Measure::code).to_vec()
    }
}

#[test]
fn each_mistake_is_told_with_its_line_and_its_key_and_nothing_else_is() {
    let all = [mistakes_of_numbers(), mistakes_of_references(), mistakes_of_words(), mistakes_of_reading()].concat();
    for (from, to, below, key, fault) in all {
        let (text, line) = changed(from, to);
        assert_eq!(problems(&text), [(line + below, key.to_owned(), fault)], "{from} -> {to}");
    }
}

#[test]
fn a_field_that_the_measure_reads_and_the_file_does_not_name_is_told_at_the_list() {
    let (text, line) = changed("    \"survey.answered.v1#/rating\",\n", "");
    // The list begins three lines above the field that is gone.
    let expected = RulebookFault::ReadToo("survey.answered.v1#/rating");
    assert_eq!(problems(&text), [(line - 3, "component.4.criterion.1.reads".to_owned(), expected)]);
}

#[test]
fn a_file_from_before_a_key_could_be_delisted_and_one_that_names_it_are_both_sound() {
    let listed = "    \"evaluation.evaluator_listed.v1#/vkey\",";
    let delisted = ["since", "vkey"].map(|field| format!("    \"evaluation.evaluator_delisted.v1#/{field}\",\n"));
    let (named, _) = changed(listed, &format!("{}{}{listed}", delisted[0], delisted[1]));
    for text in [changed(listed, listed).0, named] {
        assert_eq!(problems(&text), []);
    }
}

#[test]
fn a_component_that_silence_leaves_to_its_priors_needs_them_all() {
    let (text, _) = changed("silence_components = [\"C\"]", "silence_components = [\"B\"]");
    let found = problems(&text);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].1.as_str(), &found[0].2), ("component.2.criterion.3.prior", &RulebookFault::PriorNeeded));
}

#[test]
fn a_bonus_that_its_criteria_cannot_give_is_refused() {
    let from = "title_en = \"Initiatives recognised by the province or above\"\nmax_centi = 500";
    let (text, _) = changed(from, &from.replace("500", "400"));
    let found = problems(&text);
    assert_eq!(
        (found.len(), found[0].1.as_str(), &found[0].2),
        (1, "bonus.max_centi", &RulebookFault::BonusOutOfReach(400))
    );
}

#[test]
fn a_prior_of_a_cluster_must_be_that_of_a_criterion() {
    let from = "name = \"Phường · Tỉnh Thanh Hóa\"";
    let more = format!("{from}\npriors = {{ D1 = {{ mean = 0.92, weight = 60 }}, D7 = {{ mean = 0.5, weight = 1 }} }}");
    let (text, line) = changed(from, &more);
    assert_eq!(
        problems(&text),
        [(line + 1, "cluster.2.priors.D7".to_owned(), RulebookFault::NoCriterion("D7".to_owned()))]
    );
    let (text, _) = changed(from, &more.replace(", D7 = { mean = 0.5, weight = 1 }", ""));
    let book = Rulebook::parse(text.as_bytes()).unwrap();
    let criterion = book.criterion("D1").unwrap();
    assert_eq!(book.prior("Phường · Tỉnh Thanh Hóa", criterion).unwrap().mean.get(), 9_200);
    assert_eq!(book.prior("Huyện Ngọc Lặc", criterion).unwrap().mean.get(), 9_000);
}

#[test]
fn the_first_procedure_knows_none_of_the_later_keys_and_measures() {
    let (text, _) = changed("engine = \"danvan-ranking/2\"\n", "");
    let found = problems(&text);
    let unknown: Vec<&str> = found
        .iter()
        .filter(|(.., fault)| *fault == RulebookFault::UnknownKey)
        .map(|(_, key, _)| key.as_str())
        .collect();
    for key in ["silence_components", "channels", "cluster", "cap", "bonus", "component.1.criterion.1.reads"] {
        assert!(unknown.contains(&key), "{key}: {unknown:?}");
    }
    let too_new = found.iter().filter(|(.., fault)| *fault == RulebookFault::MeasureTooNew("danvan-ranking/2")).count();
    assert_eq!(too_new, 5, "E1 to E3, F1, F2: {found:?}");
}

#[test]
fn all_mistakes_are_told_at_once_in_the_order_of_their_lines() {
    let text = std::str::from_utf8(RB_CQTT_1).unwrap();
    let text = text
        .replacen("sum_centi = 10000", "sum_centi = 9999", 1)
        .replacen("measure = \"apologies\"", "measure = \"apologees\"", 1)
        .replacen("low = 0.80", "low = 0.99", 1);
    let problems = Rulebook::parse(text.as_bytes()).unwrap_err();
    let keys: Vec<&str> = problems.iter().map(|problem| problem.key.as_str()).collect();
    assert_eq!(keys, ["total.sum_centi", "component.2.criterion.3.measure", "component.4.criterion.1.high"]);
    assert!(problems.is_sorted_by_key(|problem| problem.line));
    for problem in &problems {
        let told = problem.to_string();
        assert!(told.contains(&problem.fault.vi()) && told.contains(&problem.fault.en()), "{told}");
    }
}

#[test]
fn where_the_kiosk_counts_each_cluster_says_its_share() {
    let (text, _) = changed("kiosk_answers = \"shown\"", "kiosk_answers = \"uncrowded\"");
    let found = problems(&text);
    let keys: Vec<&str> = found.iter().map(|(_, key, _)| key.as_str()).collect();
    let clusters = ["cluster.1.channels.kiosk", "cluster.2.channels.kiosk", "cluster.3.channels.kiosk"];
    assert_eq!(keys, [&["channels.kiosk"], &clusters[..]].concat());
    assert!(found.iter().all(|(_, _, fault)| *fault == RulebookFault::AnswersWithoutShare), "{found:?}");
}
