//! The whole history of the seed article's commune, with real processes: its model registered, its year recorded by citizens,
//! officials and the board, ranked, published, explained event by event, replayed by an auditor, amended by what came late; then
//! the commune ends, another goes on for it, and nothing of the year changes but that its pages say where it is now. At last the board
//! misses its key: what was published stays, and what was recorded since counts no more.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use danvan_event::{EvaluatorKey, Timestamp};
use danvan_simulation::{Behaviour, Scenario, UnitForms, simulate};
use danvan_tests::binary::Danvan;
use danvan_tests::fleet::{Fleet, Machine};
use danvan_tests::mirrored::mirrored;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const BINARY: &str = env!("CARGO_BIN_EXE_danvan");
const SCHEMAS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas");
const LOC_THINH: &str = "gso2024-15097";
const CAO_THINH: &str = "gso2024-15100";
const NGOC_LIEN: &str = "nso2025-15091";
const YEAR: &str = "2024";
const NOW_PART_OF: &str = "Nay thuộc xã Ngọc Liên (từ 01/7/2025)";
/// What the article calls the directive of the launch conference.
const DIRECTIVE: &str = "018e1cdc-8d80-7097-8001-000000000007";
/// Forms of an invented year.
const FORMS: usize = 260;
/// The dialogue that was entered by mistake and taken back.
const REVOKED: u32 = 31;

/// The ids of the forms that are written by hand.
fn id(number: u32) -> String {
    format!("018e1cfa-1b40-7abc-8def-{number:012x}")
}

/// A form at noon of a day.
fn form(number: u32, day: &str, kind: &str, data: &Value) -> Value {
    json!({
        "specversion": "1.0", "id": id(number), "type": format!("vn.danvan.{kind}.v1"),
        "time": format!("{day}T12:00:00.{:03}+07:00", number % 1000), "synthetic": true, "data": data,
    })
}

/// A step of the case that form 1 opens.
fn step(number: u32, day: &str, kind: &str, data: &Value) -> Value {
    let mut form = form(number, day, kind, data);
    form["subject"] = json!(format!("feedback/{}", id(1)));
    form
}

/// One case through all of its steps, and everything of the rulebook's component E, the bonus and the article's directive.
fn deeds_of_loc_thinh() -> Vec<Value> {
    let case = json!({ "channel": "qr", "kind": "complaint", "text": "Đường vào thôn bị ngập sau mưa." });
    let dialogue = |number: u32, day: &str| {
        let held = json!({ "date": day, "chair_post": "Bí thư Đảng uỷ xã", "issues_raised": 14, "issues_resolved": 9 });
        form(number, day, "model.dialogue_held", &held)
    };
    let practice = json!({ "practice": "ngay-thu-sau-khong-hen", "title": "Ngày thứ Sáu không hẹn" });
    let taken_over =
        json!({ "practice": "ngay-thu-sau-khong-hen", "source_unit": LOC_THINH, "target_unit": CAO_THINH });
    let recognised = json!({
        "form": "certificate", "level": "province", "issuer": "UBND tỉnh Thanh Hoá", "doc_no": "4125/QĐ-UBND",
        "date": "2024-11-20", "model_id": "chinh-quyen-than-thien",
    });
    let done = json!({ "directive": DIRECTIVE, "item": 0, "status": "done" });
    let entered = json!({ "model_id": "chinh-quyen-than-thien", "level": "district", "year": 2024 });
    let reply = |reply: &str| json!({ "outcome": "resolved", "reply": reply });
    vec![
        form(20, "2024-04-02", "emulation.entry_registered", &entered),
        dialogue(30, "2024-05-16"),
        form(1, "2024-06-03", "feedback.received", &case),
        step(2, "2024-06-04", "feedback.assigned", &json!({ "post": "Công chức địa chính - xây dựng" })),
        step(3, "2024-06-10", "feedback.responded", &reply("Đã nạo vét rãnh thoát nước.")),
        step(4, "2024-06-14", "feedback.reopened", &json!({ "reason": "Đường vẫn ngập sau khi sửa." })),
        step(5, "2024-06-19", "feedback.responded", &reply("Đã thay cống.")),
        step(6, "2024-06-21", "feedback.result_published", &json!({ "place": "Bảng tin trụ sở UBND" })),
        step(7, "2024-06-24", "feedback.confirmed", &json!({ "satisfied": true })),
        form(21, "2024-07-15", "model.facility_invested", &json!({ "item_code": "ghe_cho" })),
        form(22, "2024-07-16", "model.directive_progressed", &done),
        form(23, "2024-08-01", "model.practice_published", &practice),
        form(24, "2024-09-20", "model.replicated", &taken_over),
        dialogue(REVOKED, "2024-10-02"),
        form(32, "2024-10-03", "entry.revoked", &json!({ "event": id(REVOKED), "reason": "wrong_content" })),
        dialogue(33, "2024-10-17"),
        form(34, "2024-11-21", "emulation.recognition_granted", &recognised),
        form(35, "2024-12-05", "model.lesson_recorded", &json!({ "text": "Trả lời ngay tại bộ phận một cửa." })),
    ]
}

/// What the board of the district says after the third quarter; the command gives it its id.
fn evaluation() -> Value {
    let panel = [640, 700].map(|points| json!({ "post": "Thành viên Hội đồng thẩm định", "points_centi": points }));
    let data = json!({ "period": "2024-Q3", "kind": "board", "panel": panel, "occasion": "surprise" });
    let mut form = form(42, "2024-10-08", "evaluation.conducted", &data);
    if let Some(form) = form.as_object_mut() {
        form.remove("id");
    }
    form
}

/// An appeal against what the board found in the second quarter, and the board's decision, not signed yet.
fn appeal(simulated: &UnitForms) -> Result<[Value; 2]> {
    let board = |form: &&Value| form["data"]["kind"] == "board" && form["data"]["period"] == "2024-Q2";
    let judged = simulated.forms.iter().find(board).context("the board came in the second quarter")?;
    let reason = "Biên bản chưa ghi nhận hai buổi tiếp dân.";
    let appealed = json!({ "evaluation": judged["id"], "criterion": "B1", "reason": reason });
    let decided = json!({
        "appeal": id(40), "decision": "adjusted", "points_delta_centi": 20, "reason": "Hội đồng bổ sung biên bản và chấm lại.",
    });
    Ok([
        form(40, "2024-08-05", "evaluation.appealed", &appealed),
        form(41, "2024-08-20", "evaluation.appeal_decided", &decided),
    ])
}

/// A year of both communes: what is invented by the seed and what is written by hand, in the order of its happening.
/// The board signs what it says with the command that it is given.
fn years(history: &History) -> Result<[Vec<Value>; 2]> {
    let secret = EvaluatorKey::from_secret_text(&std::fs::read_to_string(history.evaluator_key())?)?;
    let units = [LOC_THINH, CAO_THINH].into_iter().map(str::parse).collect::<Result<Vec<_>, _>>()?;
    let mut scenario = Scenario::new(7, units, FORMS).evaluated_by(secret).without_rollout_of(&LOC_THINH.parse()?);
    for (unit, behaviour) in scenario.units.iter_mut().zip([Behaviour::Good, Behaviour::Middling]) {
        unit.behaviour = Some(behaviour);
    }
    let [seed, neighbour]: [UnitForms; 2] = simulate(&scenario).try_into().ok().context("two communes")?;
    let taken_over =
        json!({ "practice": "ngay-thu-sau-khong-hen", "source_unit": LOC_THINH, "target_unit": CAO_THINH });
    let [appealed, decided] = appeal(&seed)?;
    let of_the_board = [history.signed(&decided)?, history.signed(&evaluation())?];
    let seed = seed.forms.into_iter().chain(deeds_of_loc_thinh()).chain([appealed]).chain(of_the_board);
    let neighbour = neighbour.forms.into_iter().chain([form(50, "2024-09-18", "model.replicated", &taken_over)]);
    Ok([in_order(seed)?, in_order(neighbour)?])
}

fn in_order(forms: impl Iterator<Item = Value>) -> Result<Vec<Value>> {
    let timed = |form: Value| Ok((Timestamp::parse_rfc3339(form["time"].as_str().context("a time")?)?, form));
    let mut timed = forms.map(timed).collect::<Result<Vec<_>>>()?;
    timed.sort_by_key(|(time, _)| *time);
    Ok(timed.into_iter().map(|(_, form)| form).collect())
}

/// The fleet with the commands of its operators.
struct History {
    danvan: Danvan,
    fleet: Fleet,
}

impl History {
    /// `danvan aggregator …` beside the running aggregator.
    fn aggregator(&self, words: &[&str]) -> Result<Value> {
        let (data, to) = (self.fleet.aggregator.dir.display().to_string(), self.fleet.aggregator.url(""));
        self.danvan.document(&[&["aggregator"], words, &["--data", &data, "--to", &to]].concat())
    }

    fn evaluator_key(&self) -> PathBuf {
        self.fleet.root().join("evaluator.key")
    }

    /// `danvan evaluator sign` of a form about the seed commune.
    fn signed(&self, form: &Value) -> Result<Value> {
        let file = self.fleet.root().join("verdict.json");
        std::fs::write(&file, form.to_string())?;
        let (file, key) = (file.display().to_string(), self.evaluator_key().display().to_string());
        self.danvan.document(&["evaluator", "sign", &file, "--unit", LOC_THINH, "--key", &key])
    }

    async fn page(&self, path: &str) -> Result<String> {
        let answer = self.fleet.http().get(self.fleet.aggregator.url(path)).send().await?;
        ensure!(answer.status().is_success(), "{path}: {}", answer.status());
        Ok(answer.text().await?)
    }

    async fn json(&self, path: &str) -> Result<Value> {
        Ok(serde_json::from_str(&self.page(path).await?)?)
    }

    /// `danvan events import` of a file; nothing of it is refused.
    fn import(&self, node: &Machine, file: &str) -> Result<()> {
        let token = node.dir.join("import.token").display().to_string();
        let words = ["events", "import", file, "--to", &node.url(""), "--token-file", &token];
        let imported = self.danvan.document(&words)?;
        ensure!(imported["refused"] == json!([]) && imported["duplicates"] == 0, "{imported}");
        Ok(())
    }

    fn record(&self, node: &Machine, forms: &[Value]) -> Result<()> {
        let file = self.fleet.root().join("facts.jsonl");
        std::fs::write(&file, forms.iter().map(|form| form.to_string() + "\n").collect::<String>())?;
        self.import(node, &file.display().to_string())
    }

    /// Posts one form; the status and what the node says.
    async fn post(&self, node: &Machine, form: &Value) -> Result<(u16, Value)> {
        let request = self.fleet.http().post(node.url("/api/v1/events")).bearer_auth(Fleet::import_token(node)?);
        let answer = request.json(form).send().await?;
        Ok((answer.status().as_u16(), answer.json().await?))
    }

    /// What both operators do with a draft that lies ready.
    fn approve_and_publish(&self) -> Result<Value> {
        self.fleet.approve(YEAR, 0)?;
        self.fleet.approve(YEAR, 1)?;
        self.fleet.rank(&["publish", YEAR])
    }

    /// The bytes of a publication, which are those of its digest.
    async fn published(&self, publication: &Value) -> Result<String> {
        let bytes = self.page(&format!("/api/v1/rankings/published/{}", publication["index"])).await?;
        let digest = hex::encode(Sha256::digest(bytes.as_bytes()));
        ensure!(publication["output_sha256"] == digest, "{publication}: {digest}");
        Ok(bytes)
    }
}

#[tokio::test]
async fn the_seed_commune_goes_from_its_model_to_a_published_amended_and_succeeded_history() -> Result<()> {
    let danvan = Danvan::new(BINARY);
    let mut fleet = Fleet::simulated_before(&danvan, BINARY, &[LOC_THINH, CAO_THINH], &[NGOC_LIEN])?;
    fleet.start().await?;
    let mut history = History { danvan, fleet };
    prepare(&history)?;
    let evaluated = record_the_year(&history).await?;

    let first = history.fleet.rank(&["open", YEAR]).and_then(|_| history.fleet.rank(&["close", YEAR]))?;
    ensure!(first["closing"]["waiting"] == json!([]), "{first}");
    let first = history.approve_and_publish()?;
    let bytes = history.published(&first).await?;
    explain(&history, &serde_json::from_str(&bytes)?, &evaluated).await?;
    history.fleet.prove()?;

    let second = amend(&history, &first).await?;
    let amended = history.published(&second).await?;
    succeed(&mut history).await?;
    ensure!(history.published(&first).await? == bytes && history.published(&second).await? == amended, "rewritten");
    look_back(&history, &second).await?;
    lose_the_key(&history, &evaluated).await?;
    ensure!(history.published(&first).await? == bytes && history.published(&second).await? == amended, "rewritten");
    let replay = history.fleet.prove()?;
    ensure!(replay["publications"].as_array().is_some_and(|all| all.len() == 2), "{replay}");
    Ok(())
}

/// The rulebook and the board's key are listed before anything is recorded.
fn prepare(history: &History) -> Result<()> {
    let file = history.evaluator_key();
    let made = history.danvan.document(&["evaluator", "key", "new", "--out", &file.display().to_string()])?;
    let vkey = made["vkey"].as_str().context("a key")?;
    history.aggregator(&["evaluator", "add", vkey, "--post", "Hội đồng thẩm định huyện"])?;
    let adopted = history.aggregator(&["rulebook", "adopt", &format!("{SCHEMAS}/rulebooks/rb-cqtt-1.toml")])?;
    ensure!(adopted["rulebook"] == "rb-cqtt-1", "{adopted}");
    Ok(())
}

/// The article, the rest of the year, two visits through the API, and the first act of the next year. The id of the evaluation that
/// is written by hand.
async fn record_the_year(history: &History) -> Result<String> {
    let [seed, neighbour] = years(history)?;
    let evaluated =
        seed.iter().find(|form| form["data"]["occasion"] == "surprise" && form["data"]["period"] == "2024-Q3");
    let evaluated = evaluated.and_then(|form| form["id"].as_str()).context("the board came by surprise")?.to_owned();
    let [loc_thinh, cao_thinh] = &history.fleet.nodes[..] else { anyhow::bail!("two nodes") };
    history.import(loc_thinh, &format!("{SCHEMAS}/examples/loc-thinh-2024.jsonl"))?;
    history.record(loc_thinh, &seed)?;
    history.record(cao_thinh, &neighbour)?;
    let answer = |number, token: &str| {
        form(number, "2024-12-31", "survey.answered", &json!({ "channel": "qr", "rating": 5, "visit_token": token }))
    };
    let (first, other) = ("5f1c0e6b7a2d4c3b9e8f", "6a2d1f7c8b3e5d4c0f9a");
    ensure!(history.post(loc_thinh, &answer(60, first)).await?.0 == 201, "a visit is rated");
    let (status, again) = history.post(loc_thinh, &answer(61, first)).await?;
    ensure!(status >= 400 && again.to_string().contains("visit_token_reused"), "one answer for one visit: {again}");
    ensure!(history.post(loc_thinh, &answer(62, other)).await?.0 == 201, "another visit is rated");
    let next = json!({ "channel": "loudspeaker" });
    history.record(loc_thinh, &[form(63, "2025-01-02", "model.outreach_conducted", &next)])?;
    history.record(cao_thinh, &[form(64, "2025-01-02", "model.outreach_conducted", &next)])?;
    history.fleet.all_receipted().await?;
    Ok(evaluated)
}

fn row_of<'doc>(ranking: &'doc Value, unit: &str) -> Result<&'doc Value> {
    let mut rows = ranking["rows"].as_array().context("rows")?.iter();
    rows.find(|row| row["unit"] == unit).with_context(|| format!("{unit} has no row"))
}

/// The criteria of an explanation, those of the bonus included.
fn criteria(explained: &Value) -> impl Iterator<Item = &Value> {
    let components = explained["components"].as_array().into_iter().flatten().chain(explained.get("bonus"));
    components.flat_map(|component| component["criteria"].as_array().into_iter().flatten())
}

fn centi(value: &Value, name: &str) -> Result<i64> {
    value[name].as_i64().with_context(|| format!("{name} of {value}"))
}

/// The published row is what the explanation adds up to, and every entry that it names is in the log under the id that it says.
async fn explain(history: &History, published: &Value, evaluated: &str) -> Result<()> {
    let row = row_of(published, LOC_THINH)?;
    let from = history.fleet.aggregator.url("");
    let explained = history.danvan.document(&["rank", "explain", LOC_THINH, "--period", YEAR, "--from", &from])?;
    let of_components = criteria(&json!({ "components": explained["components"] }))
        .map(|criterion| centi(criterion, "points_centi"))
        .sum::<Result<i64>>()?;
    let cap = row.get("cap").map_or(Ok(0), |cap| centi(cap, "lowers_centi"))?;
    let sum = of_components + centi(&explained["bonus"], "points_centi")? - cap;
    ensure!(sum == centi(row, "score_centi")? && sum == centi(&explained, "score_centi")?, "{sum}: {row}");
    ensure!(row["rank"] == 1 && explained["rank"] == 1, "{row}");
    ensure!(criteria(&explained).all(|criterion| criterion["n"] != 0), "every criterion has something to count: {row}");

    let log = mirrored(&history.fleet.aggregator.dir.join("ledger"))?;
    let (_, entries) = log.iter().find(|(origin, _)| origin.ends_with(LOC_THINH)).context("the log")?;
    let sides = |criterion: &Value| ["favourable", "unfavourable", "shown"].map(|side| criterion[side].clone());
    let named: BTreeSet<u64> = criteria(&explained)
        .flat_map(sides)
        .flat_map(|side| side.as_array().cloned().unwrap_or_default())
        .filter_map(|index| index.as_u64())
        .collect();
    let told = explained["entries"].as_array().context("entries")?;
    ensure!(
        told.len() == named.len()
            && told.iter().all(|entry| entry["index"].as_u64().is_some_and(|at| named.contains(&at))),
        "{told:?}"
    );
    for entry in told {
        let held = usize::try_from(entry["index"].as_u64().context("an index")?)?;
        ensure!(entries.get(held).is_some_and(|held| entry["id"] == held.id().to_string()), "{entry}");
    }
    let ids: BTreeSet<&str> = told.iter().filter_map(|entry| entry["id"].as_str()).collect();
    let satisfied = criteria(&explained).find(|criterion| criterion["code"] == "D1").context("D1")?;
    let shown = satisfied["shown"].as_array().context("what was tapped at the kiosk is told")?;
    for at in shown {
        let entry = told.iter().find(|entry| entry["index"] == *at).with_context(|| format!("{at} is not told"))?;
        ensure!(entry["data"]["channel"] == "kiosk", "{entry}");
    }
    for counted in [3, 4, 6, 21, 24, 30, 33, 34, 60, 62] {
        ensure!(ids.contains(&*id(counted)), "{counted} is no evidence");
    }
    ensure!(ids.contains(evaluated), "what the board signed with its command is no evidence");
    ensure!(!ids.contains(&*id(REVOKED)), "what was taken back counts for nothing");
    let last = told.last().context("an entry")?;
    let entry = history.page(&format!("/units/{LOC_THINH}/entries/{}", last["index"])).await?;
    ensure!(entry.contains(last["id"].as_str().context("an id")?), "{last}");
    Ok(())
}

/// A deed of the year that was recorded after its publication: the year is amended, and the difference adds up exactly.
async fn amend(history: &History, first: &Value) -> Result<Value> {
    let late = form(70, "2024-11-15", "model.facility_invested", &json!({ "item_code": "bang_huong_dan" }));
    history.record(&history.fleet.nodes[0], &[late])?;
    history.fleet.all_receipted().await?;
    history.fleet.rank(&["amend", YEAR, "--reason", "Hồ sơ cơ sở vật chất đến sau ngày chốt"])?;
    let second = history.approve_and_publish()?;
    ensure!(second["number"] == 2 && second["supersedes"]["index"] == first["index"], "{second}");
    let before: Value = serde_json::from_str(&history.published(first).await?)?;
    let after: Value = serde_json::from_str(&history.published(&second).await?)?;
    for unit in [LOC_THINH, CAO_THINH] {
        let words = ["rank", "diff", "2024@1", "2024@2", "--unit", unit, "--from", &history.fleet.aggregator.url("")];
        let change = history.danvan.document(&words)?["changes"][0].clone();
        let terms = change["terms"].as_array().context("terms")?.iter();
        let sum = terms.map(|term| centi(term, "delta_centi")).sum::<Result<i64>>()?;
        let (was, is) = (centi(row_of(&before, unit)?, "score_centi")?, centi(row_of(&after, unit)?, "score_centi")?);
        ensure!(sum == is - was && centi(&change, "delta_centi")? == sum, "{was} → {is}: {change}");
        ensure!((sum > 0) == (unit == LOC_THINH), "the late deed is that of one commune: {change}");
    }
    history.fleet.prove()?;
    Ok(second)
}

/// On 1 July 2025 the commune is merged; the new one has a node of its own.
async fn succeed(history: &mut History) -> Result<()> {
    let stated = history.aggregator(&["unit", "succeed", NGOC_LIEN])?;
    ensure!(stated["from_units"].as_array().is_some_and(|old| old.contains(&json!(LOC_THINH))), "{stated}");
    history.fleet.join(NGOC_LIEN)?;
    history.fleet.nodes[2].start()?;
    history.fleet.ready().await?;
    let registered = json!({ "model_id": "chinh-quyen-than-thien", "title": "Chính quyền thân thiện, vì Nhân dân phục vụ", "pilot": false });
    history.record(&history.fleet.nodes[2], &[form(80, "2025-07-02", "model.registered", &registered)])?;
    history.fleet.all_receipted().await?;
    history.fleet.rank(&["open", "2025"]).map(drop)
}

/// The year stands under the name of the commune that is no more, as it was published; every page says where it is now.
async fn look_back(history: &History, official: &Value) -> Result<()> {
    let year = history.json("/api/v1/rankings?period=2024").await?;
    ensure!(year["state"] == "official" && year["sha256"] == official["output_sha256"], "{year}");
    let published = format!("/?period=2024&published={}", official["index"]);
    let unit = format!("/units/{LOC_THINH}?period=2024");
    for path in ["/?period=2024", &published, &unit] {
        let page = history.page(path).await?;
        ensure!(page.contains("Lộc Thịnh") && page.contains(NOW_PART_OF), "{path} does not say where the commune is");
    }
    let known = history.json(&format!("/api/v1{unit}")).await?;
    ensure!(known["name"] == "Lộc Thịnh" && known["rank"] == 1, "{known}");
    let now = &known["succession"];
    ensure!(now["now_vi"] == NOW_PART_OF && now["now"][0]["unit"] == NGOC_LIEN, "{now}");

    let next = history.json("/api/v1/rankings?period=2025").await?;
    ensure!(row_of(&next, NGOC_LIEN)?["name"] == "Ngọc Liên", "{next}");
    ensure!(row_of(&year, NGOC_LIEN).is_err(), "it did not exist in 2024");
    let page = history.page(&format!("/units/{NGOC_LIEN}?period=2025")).await?;
    for words in ["Trước đây: ", "xã Lộc Thịnh", "(trước 01/7/2025)", "1686/NQ-UBTVQH15"] {
        ensure!(page.contains(words), "the successor's page does not say {words}");
    }
    Ok(())
}

/// The board's key was lost on 1 October: what was recorded under it before stays the board's, and what came after is no evidence
/// any more, says why, and takes nothing out of what was published. Then it is found again.
async fn lose_the_key(history: &History, evaluated: &str) -> Result<()> {
    let secret = EvaluatorKey::from_secret_text(&std::fs::read_to_string(history.evaluator_key())?)?;
    let (vkey, reason) = (secret.vkey().to_string(), "Mất khoá, theo Biên bản số 07-BB/BDV");
    let board = async || -> Result<Value> {
        let words = ["rank", "explain", LOC_THINH, "--period", YEAR, "--from", &history.fleet.aggregator.url("")];
        let explained = history.danvan.document(&words)?;
        let board = criteria(&explained).find(|criterion| criterion["code"] == "B1").cloned().context("the board")?;
        let evidence = explained["entries"].as_array().context("entries")?;
        let is_evidence = evidence.iter().any(|entry| entry["id"] == evaluated);
        Ok(json!({ "n": board["n"], "marks": board["marks"], "is_evidence": is_evidence }))
    };
    let before = board().await?;
    let words = ["evaluator", "delist", &vkey, "--since", "2024-10-01T00:00:00+07:00", "--reason", reason];
    let delisted = history.aggregator(&words)?;
    ensure!(delisted["since"] == "2024-09-30T17:00:00.000Z", "{delisted}");
    let after = board().await?;
    ensure!(before["is_evidence"] == true && after["is_evidence"] == false, "{before} → {after}");
    let counted = |board: &Value| board["n"].as_u64().context("a number");
    ensure!(counted(&before)? > counted(&after)? && counted(&after)? > 0, "{before} → {after}");
    let marked = |board: &Value| board["marks"].to_string().contains("khoa_thoi_ghi_nhan");
    ensure!(!marked(&before) && marked(&after), "{before} → {after}");
    let page = history.page(&format!("/units/{LOC_THINH}?period=2024")).await?;
    ensure!(page.contains("ký bằng khoá đã thôi ghi nhận"), "the page does not say why");
    let listed = history.aggregator(&["evaluator", "list"])?;
    let former = &listed["former"][0];
    ensure!(listed["evaluators"] == json!([]) && former["vkey"] == vkey && former["reason"] == reason, "{listed}");

    // Found again: nobody lists it by repeating a command, and who means it says so.
    let listing = ["evaluator", "add", &vkey, "--post", "Ban Dân vận Huyện uỷ"];
    let refused =
        history.aggregator(&listing).err().context("a key that was delisted was listed by a plain command")?;
    ensure!(
        format!("{refused:#}").contains("30/09/2024") || format!("{refused:#}").contains("01/10/2024"),
        "{refused:#}"
    );
    history.aggregator(&[&listing[..], &["--again"]].concat())?;
    let found = board().await?;
    ensure!(found["is_evidence"] == true && !marked(&found) && counted(&found)? == counted(&before)?, "{found}");
    Ok(())
}
