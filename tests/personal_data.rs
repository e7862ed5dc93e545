//! What citizens say about themselves lies in the vault and nowhere else: every byte that leaves a node, and every other byte that it
//! keeps, is searched for planted words, before and after they are erased. Erasing all of them moves no rank and no root.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use danvan_ledger::LedgerReader;
use danvan_tests::binary::{Danvan, text};
use danvan_tests::fleet::{Fleet, Machine};
use danvan_tests::leak::{Leak, Leaks};
use danvan_tests::schemas::{documented_paths, personal_fields};
use danvan_tlog::{Frontier, leaf_hash};
use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization as _;

const BINARY: &str = env!("CARGO_BIN_EXE_danvan");
const UNIT: &str = "gso2024-15097";
/// What is planted: nobody's name, nobody's number, and words that no office writes.
const NAME: &str = "Lường Thị Giả Tưởng Ngữ";
const WORDS: &str = "con đường quạ xám ở xóm Mười Chín Rưỡi";
const PHONE: &str = "0987 651 234";
const ADDRESS: &str = "ngõ giả định 9174, thôn Không Có Thật";
/// What another office calls the case and the dossier, and the digest of a picture that a citizen handed over.
const CASE_NO: &str = "PAKN-9174-002618";
const DOSSIER_NO: &str = "H56.917-240219-7741";
const PICTURE: &str = "9b74c9897bac770ffc029102a200c5de2b1a0f3d6e5c4b8a7d9e0f1c2b3a4d5e";
/// The same number as others write it.
const PHONES: [&str; 3] = ["0987651234", "0987.651.234", "+84987651234"];
const PLANTED: [&str; 10] =
    [NAME, WORDS, PHONE, ADDRESS, PHONES[0], PHONES[1], PHONES[2], CASE_NO, DOSSIER_NO, PICTURE];

fn secrets() -> Leaks {
    Leaks::of(&PLANTED)
}

fn danvan() -> Danvan {
    Danvan::new(BINARY)
}

fn id(number: u8) -> String {
    format!("018e1cfa-1b40-7abc-8def-0000000000{number:02x}")
}

/// A node that is asked everything a citizen or a clerk may ask, at its most talkative.
struct Commune {
    fleet: Fleet,
    http: reqwest::Client,
    /// Where everything lies that was ever answered.
    answers: PathBuf,
    answered: usize,
}

impl Commune {
    async fn open() -> Result<Self> {
        let mut fleet = Fleet::make(&danvan(), BINARY, &[UNIT])?;
        for file in [fleet.nodes[0].dir.join("node.toml"), fleet.aggregator.dir.join("aggregator.toml")] {
            let settings = std::fs::read_to_string(&file)?;
            let talkative = settings.replace("filter = \"info\"", "filter = \"trace\"");
            ensure!(talkative != settings, "no filter in {}", file.display());
            std::fs::write(&file, talkative)?;
        }
        let answers = fleet.root().join("answers");
        std::fs::create_dir(&answers)?;
        fleet.start().await?;
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        Ok(Self { http: http.pool_max_idle_per_host(0).build()?, fleet, answers, answered: 0 })
    }

    fn node(&self) -> &Machine {
        &self.fleet.nodes[0]
    }

    fn vault(&self) -> PathBuf {
        self.node().dir.join("vault")
    }

    /// Keeps what was answered beside everything else that is searched.
    fn keep(&mut self, bytes: &[u8]) -> Result<()> {
        self.answered += 1;
        Ok(std::fs::write(self.answers.join(self.answered.to_string()), bytes)?)
    }

    async fn get(&mut self, url: &str) -> Result<Vec<u8>> {
        let answer = self.http.get(url).send().await.with_context(|| url.to_owned())?;
        let told = format!("{url} {:?}\n", answer.headers());
        let body = answer.bytes().await?.to_vec();
        self.keep(&[told.as_bytes(), &body].concat())?;
        Ok(body)
    }

    /// Keeps what a stream without an end says first.
    async fn listen(&mut self, url: &str) -> Result<()> {
        let mut answer = self.http.get(url).send().await.with_context(|| url.to_owned())?;
        let first =
            tokio::time::timeout(Duration::from_secs(30), answer.chunk()).await.context("nothing was said")??;
        self.keep(&first.unwrap_or_default())
    }

    /// Posts a body and keeps the answer, unless it gives a citizen back what the same citizen typed.
    async fn post(&mut self, path: &str, token: &str, kind: &str, body: String) -> Result<(u16, String)> {
        let file = self.node().dir.join(token);
        let token = std::fs::read_to_string(file)?;
        let request = self.http.post(self.node().url(path)).bearer_auth(token.trim()).header("content-type", kind);
        let answer = request.body(body).send().await?;
        let (status, told) = (answer.status().as_u16(), format!("{:?}", answer.headers()));
        let body = answer.text().await?;
        let is_private = path.starts_with("/kiosk/") && status == 422;
        self.keep(if is_private { told.as_bytes() } else { body.as_bytes() })?;
        Ok((status, body))
    }

    async fn record(&mut self, form: &Value, expected: u16) -> Result<()> {
        let kind = "application/json";
        let (status, body) = self.post("/api/v1/events", "staff.token", kind, form.to_string()).await?;
        ensure!(status == expected, "{status}, not {expected}: {body}");
        Ok(())
    }

    /// Runs `danvan privacy`; its status and what it said.
    fn privacy(&self, words: &[&str]) -> Result<(Option<i32>, String)> {
        let (node, token) = (self.node().url(""), self.node().dir.join("staff.token").display().to_string());
        let desk = ["--node", &node, "--token-file", &token];
        let ran = danvan().output(&[&["privacy"], words, &desk].concat())?;
        ensure!(ran.status.code() != Some(2), "{words:?}: {}", text(&ran.stderr));
        Ok((ran.status.code(), format!("{}{}", text(&ran.stdout), text(&ran.stderr))))
    }

    /// Every planted word outside the vault.
    fn leaks(&self) -> Result<Vec<Leak>> {
        let vault = self.vault();
        secrets().in_tree(self.fleet.root(), |place| place == vault)
    }

    fn assert_tight(&self, when: &str) -> Result<()> {
        let leaks: Vec<String> = self.leaks()?.iter().map(ToString::to_string).collect();
        ensure!(leaks.is_empty(), "{when}, {} leaks\n{}", leaks.len(), leaks.join("\n"));
        Ok(())
    }
}

/// A form of the API with a citizen's words.
fn feedback(number: u8, data: Value) -> Value {
    let mut form = json!({
        "specversion": "1.0", "type": "vn.danvan.feedback.received.v1", "id": id(number), "time": "2024-03-08T07:30:00Z",
        "data": { "channel": "hotline", "kind": "complaint" },
    });
    if let (Some(known), Value::Object(more)) = (form["data"].as_object_mut(), data) {
        known.extend(more);
    }
    form
}

/// Every byte as a browser may send it.
fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat()
}

/// A citizen at the kiosk: first without consent, which is refused, then with it. Typed in capitals and decomposed letters.
async fn plant_at_the_kiosk(commune: &mut Commune) -> Result<()> {
    let page = text(&commune.get(&commune.node().url("/kiosk/feedback")).await?);
    let (_, rest) = page.split_once(r#"name="id" value=""#).context("an id")?;
    let id = rest.split('"').next().unwrap_or_default().to_owned();
    ensure!(!page.contains("checked> <span>Tôi đồng ý"), "the consent is ticked in advance");
    let name: String = NAME.to_uppercase().nfd().collect();
    let fields =
        format!("id={id}&kind=complaint&text={}&name={}&contact={}", percent(WORDS), percent(&name), percent(PHONE));
    let kind = "application/x-www-form-urlencoded";
    let (refused, _) = commune.post("/kiosk/feedback", "import.token", kind, fields.clone()).await?;
    let (sent, body) = commune.post("/kiosk/feedback", "import.token", kind, format!("{fields}&consent=yes")).await?;
    ensure!((refused, sent) == (422, 303), "{refused} {sent}: {body}");
    commune.get(&commune.node().url(&format!("/kiosk/thanks/{id}"))).await?;
    Ok(())
}

/// What clerks and programs send: sound forms, and every way to be refused with a citizen's words in hand.
async fn plant_through_the_api(commune: &mut Commune) -> Result<()> {
    let consent = json!({ "purposes": ["contact_me"], "evidence": "written" });
    let decomposed: String = WORDS.nfd().collect();
    let encoded = STANDARD.encode(NAME);
    let percent = percent(ADDRESS).to_lowercase();
    let sound = [
        json!({ "text": decomposed, "name": NAME, "contact": PHONES[1], "consent": consent }),
        json!({ "text": format!("{encoded} {percent}"), "contact": format!("{} {}", PHONES[0], PHONES[2]), "consent": consent }),
        json!({
            "text": ADDRESS.to_uppercase(), "legal_ground": "state_task", "channel": "portal_1022", "source_no": CASE_NO,
            "attachments": [{ "kind": "picture", "sha256": PICTURE }],
        }),
    ];
    for (number, data) in (1..).zip(sound) {
        let form = feedback(number, data);
        commune.record(&form, 201).await?;
        commune.record(&form, 200).await?;
    }
    commune.record(&feedback(1, json!({ "text": WORDS.to_uppercase() })), 409).await?;
    commune.record(&feedback(9, json!({ "text": WORDS, "name": NAME })), 422).await?;
    commune.record(&feedback(9, json!({ "text": WORDS, "kind": NAME })), 422).await?;
    commune.record(&feedback(9, json!({ "text": [WORDS], "name": NAME.repeat(20), "contact": 7 })), 422).await?;
    commune.record(&feedback(9, json!({ "text": WORDS, "who": NAME })), 422).await?;
    let unsound =
        json!({ "text": WORDS, "source_no": [CASE_NO], "attachments": [{ "kind": PICTURE, "sha256": DOSSIER_NO }] });
    commune.record(&feedback(9, unsound), 422).await?;
    let reply = json!({
        "specversion": "1.0", "type": "vn.danvan.feedback.responded.v1", "id": id(20), "time": "2024-03-09T07:30:00Z",
        "subject": format!("feedback/{}", id(1)), "data": { "outcome": "resolved", "reply": "Đã san lấp xong." },
    });
    let mut careless = reply.clone();
    careless["data"]["reply"] = format!("Đã gọi {PHONE}").into();
    commune.record(&careless, 422).await?;
    commune.record(&reply, 201).await?;
    let mut again = reply;
    again["type"] = "vn.danvan.feedback.reopened.v1".into();
    again["id"] = id(21).into();
    again["time"] = "2024-03-10T07:30:00Z".into();
    again["data"] = json!({ "reason": format!("{NAME}: {WORDS}") });
    commune.record(&again, 201).await?;
    for (kind, body) in [
        ("application/json", format!("{{\"data\":{{\"text\":\"{WORDS} {NAME}")),
        ("text/plain", NAME.to_owned()),
        (
            "application/x-ndjson",
            format!("{{\"name\":\"{NAME}\"}}\n{}\n", feedback(10, json!({ "text": WORDS, "rating": 3 }))),
        ),
    ] {
        commune.post("/api/v1/events", "import.token", kind, body).await?;
    }
    let questions = [json!({ "name": NAME }), json!({ "phone": PHONE, "who": NAME }), json!({ "words": [WORDS] })];
    for question in questions {
        commune.post("/api/v1/privacy/find", "staff.token", "application/json", question.to_string()).await?;
        commune.post("/api/v1/privacy/find", "import.token", "application/json", question.to_string()).await?;
    }
    plant_in_seldom_fields(commune).await?;
    for number in 30..45 {
        let survey = json!({
            "specversion": "1.0", "type": "vn.danvan.survey.answered.v1", "id": id(number), "time": "2024-03-08T07:30:00Z",
            "data": { "channel": "paper", "rating": 5 },
        });
        commune.record(&survey, 201).await?;
    }
    Ok(())
}

/// Why a case was taken back, what was written beside a rating, and about which dossier a letter went out.
async fn plant_in_seldom_fields(commune: &mut Commune) -> Result<()> {
    for (number, ty, subject, data) in [
        (
            22,
            "feedback.withdrawn",
            Some(format!("feedback/{}", id(3))),
            json!({ "reason": format!("{NAME}, {ADDRESS}") }),
        ),
        (
            23,
            "survey.answered",
            None,
            json!({ "channel": "paper", "rating": 2, "comment": format!("{WORDS} {PHONE}") }),
        ),
        (24, "model.letter_sent", None, json!({ "kind": "condolence", "dossier_no": DOSSIER_NO })),
    ] {
        let mut form = json!({
            "specversion": "1.0", "type": format!("vn.danvan.{ty}.v1"), "id": id(number), "time": "2024-03-11T07:30:00Z",
            "data": data,
        });
        if let Some(subject) = subject {
            form["subject"] = subject.into();
        }
        commune.record(&form, 201).await?;
    }
    Ok(())
}

/// An official finds the citizen however the name is written, and is shown the words only with a trace in the log.
fn look_as_an_official(commune: &mut Commune) -> Result<()> {
    let before = entries(commune.node())?.len();
    for words in
        [["--name", "luong thi gia tuong ngu"], ["--phone", "+84 987 651 234"], ["--words", "xom muoi chin ruoi"]]
    {
        let (code, said) = commune.privacy(&[&["find"], &words[..]].concat())?;
        ensure!(code == Some(0) && said.contains(&id(1)), "{words:?}: {said}");
        commune.keep(said.as_bytes())?;
    }
    ensure!(entries(commune.node())?.len() == before, "a search was recorded as a look");
    let look = ["--show", "--purpose", "answer-citizen", "--staff-key", "mc01"];
    let (code, said) = commune.privacy(&[&["find", "--code", &id(1)], &look[..]].concat())?;
    ensure!(code == Some(0) && said.contains(PHONES[1]), "{said}");
    let last = entries(commune.node())?.pop().context("an entry")?;
    ensure!(text(&last).contains("privacy.disclosed") && text(&last).contains("mc01"), "{}", text(&last));
    let (code, said) = commune.privacy(&["report"])?;
    ensure!(code == Some(0) && said.contains("Lượt xem"), "{said}");
    commune.keep(said.as_bytes())
}

/// Every page, document and metric of both faces: each path that is documented, whatever stands in it.
async fn read_everything(commune: &mut Commune) -> Result<Value> {
    let (node, aggregator) = (commune.node().url(""), commune.fleet.aggregator.url(""));
    let recorded = entries(commune.node())?.len();
    for (face, document) in [(node, "openapi-node.yaml"), (aggregator, "openapi-aggregator.yaml")] {
        let paths = documented_paths(document)?;
        ensure!(paths.len() > 10, "{document}: {paths:?}");
        for path in paths.iter().flat_map(|path| filled(path, recorded)) {
            if path == "/live" {
                commune.listen(&format!("{face}{path}?seen=0")).await?;
            } else {
                commune.get(&format!("{face}{path}")).await?;
            }
        }
    }
    for path in ["/?q=luong&period=2024", "/?published=0", "/none"] {
        let url = commune.fleet.aggregator.url(path);
        commune.get(&url).await?;
    }
    let url = commune.fleet.aggregator.url("/api/v1/rankings?period=2024");
    Ok(serde_json::from_slice(&commune.get(&url).await?)?)
}

/// The path with everything in its place: of entries each one, of records those that hold planted words. What a citizen alone may
/// read back, and what an official reads with a token, is answered to whoever has neither.
fn filled(path: &str, entries: usize) -> Vec<String> {
    let query = if path == "/api/v1/rankings/changes" { "?from=2023&to=2024" } else { "" };
    let path = format!("{path}{query}").replace("{unit}", UNIT).replace("{period}", "2024");
    let path = path.replace("{digest}", "0").replace("{name}", "none");
    if path.contains("{index}") {
        (0..entries).map(|index| path.replace("{index}", &index.to_string())).collect()
    } else if path.contains("{id}") {
        [1, 2, 3, 21, 22, 23, 24].map(|number| path.replace("{id}", &id(number))).into()
    } else {
        vec![path]
    }
}

/// Copies for the operator, readable with a key that is elsewhere.
fn back_up(commune: &Commune) -> Result<()> {
    let key = tempfile::tempdir()?;
    let file = key.path().join("operator.age").display().to_string();
    let made = danvan().document(&["backup", "key", "new", "--out", &file])?;
    let recipient = made["recipient"].as_str().context("a recipient")?;
    for machine in [commune.node(), &commune.fleet.aggregator] {
        let out = commune.fleet.root().join("backup").join(&machine.name).display().to_string();
        let dir = machine.dir.display().to_string();
        std::fs::create_dir_all(Path::new(&out).parent().context("a directory")?)?;
        danvan().document(&["backup", "create", "--dir", &dir, "--out", &out, "--recipient", recipient])?;
    }
    Ok(())
}

/// What an auditor takes away.
fn export(commune: &Commune, when: &str) -> Result<()> {
    let (data, out) = (&commune.fleet.aggregator.dir, commune.fleet.root().join("exports").join(when));
    std::fs::create_dir_all(commune.fleet.root().join("exports"))?;
    let words = ["export", "tlog", "--data", &data.display().to_string(), "--out", &out.display().to_string()];
    danvan().document(&words).map(drop)
}

fn entries(node: &Machine) -> Result<Vec<Vec<u8>>> {
    let reader = LedgerReader::open(&node.dir.join("ledger"))?;
    reader.entries().map(|item| Ok(item?.1.entry)).collect()
}

/// Through every door: what lies in the vault is of every kind that a schema calls personal.
fn assert_all_planted(commune: &Commune) -> Result<()> {
    let types = entries(commune.node())?;
    let mut planted = BTreeSet::new();
    for entry in types.iter().map(|entry| serde_json::from_slice::<Value>(entry)) {
        let entry = entry?;
        let (id, ty) = (entry["id"].as_str().unwrap_or_default(), entry["type"].as_str().unwrap_or_default());
        let Ok(file) = std::fs::read_to_string(commune.vault().join(format!("{id}.json"))) else { continue };
        let openings = serde_json::from_str::<Value>(&file)?;
        let names =
            openings["openings"].as_array().context("openings")?.iter().filter_map(|opening| opening["name"].as_str());
        planted.extend(names.map(|name| (ty.to_owned(), name.to_owned())));
    }
    let fields = personal_fields()?;
    ensure!(fields.len() >= 6 && planted == fields, "planted {planted:?}\nof {fields:?}");
    Ok(())
}

fn root_of(entries: &[Vec<u8>]) -> String {
    Frontier::of(entries.iter().map(|entry| leaf_hash(entry))).root().to_string()
}

fn held(vault: &Path) -> Result<Vec<String>> {
    let names = std::fs::read_dir(vault)?.map(|file| Ok(file?.file_name().to_string_lossy().replace(".json", "")));
    names.collect()
}

/// A file with a planted word in it is found, whatever it is packed in: a search that finds nothing has searched.
fn assert_searching(commune: &Commune) -> Result<()> {
    let forgotten = commune.fleet.nats.dir.join("forgotten");
    let many = (0..2000_u32).map(|n| format!("{} {ADDRESS}. ", n.wrapping_mul(2_654_435_761)));
    let many = many.collect::<Vec<_>>().concat();
    let packed = danvan_ledger::Attachment::pack(many.as_bytes())?;
    for bytes in [NAME.as_bytes().to_vec(), STANDARD.encode(format!("x{NAME}")).into_bytes(), packed] {
        std::fs::write(&forgotten, &bytes)?;
        let leaks = commune.leaks()?;
        ensure!(!leaks.is_empty() && leaks.iter().all(|leak| leak.place == forgotten), "{leaks:?}");
    }
    std::fs::remove_file(&forgotten)?;
    let traced = std::fs::read_to_string(commune.node().dir.join("trace.txt"))?;
    ensure!(
        traced.contains(" TRACE ") && traced.contains("a form was refused"),
        "the node was not at its most talkative"
    );
    let in_vault = secrets().in_tree(&commune.vault(), |_| false)?;
    for secret in 0..PLANTED.len() {
        ensure!(in_vault.iter().any(|leak| leak.secret == secret), "word {secret} was never planted");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_citizen_says_of_himself_lies_in_the_vault_alone_until_it_is_erased() -> Result<()> {
    let mut commune = Commune::open().await?;
    plant_at_the_kiosk(&mut commune).await?;
    plant_through_the_api(&mut commune).await?;
    look_as_an_official(&mut commune)?;
    // What a crash leaves, and what the start after it says, is searched as well.
    commune.fleet.nodes[0].kill()?;
    commune.fleet.nodes[0].start()?;
    commune.fleet.ready().await?;
    commune.fleet.all_receipted().await?;
    commune.fleet.publish_and_prove("2024")?;
    back_up(&commune)?;
    export(&commune, "before")?;
    let ranking = read_everything(&mut commune).await?;
    let before = entries(commune.node())?;
    commune.assert_tight("before the erasure")?;
    assert_searching(&commune)?;
    assert_all_planted(&commune)?;

    let ids = held(&commune.vault())?;
    let erasure: Vec<&str> =
        ["erase", "--reason", "requested"].into_iter().chain(ids.iter().map(String::as_str)).collect();
    let (code, said) = commune.privacy(&erasure)?;
    ensure!(code == Some(10) && held(&commune.vault())?.len() == ids.len(), "a rehearsal erased: {said}");
    commune.keep(said.as_bytes())?;
    let (code, said) = commune.privacy(&[&erasure[..], &["--yes"]].concat())?;
    ensure!(code == Some(0) && held(&commune.vault())?.is_empty(), "{said}");
    let (_, said) = commune.privacy(&["find", "--name", NAME])?;
    ensure!(said.contains("Không tìm thấy"), "{said}");

    commune.fleet.all_receipted().await?;
    commune.fleet.prove()?;
    export(&commune, "after")?;
    let after = entries(commune.node())?;
    ensure!(after.len() == before.len() + 1, "{} entries after {}", after.len(), before.len());
    ensure!(root_of(&after[..before.len()]) == root_of(&before), "an erasure changed a root");
    let erased = read_everything(&mut commune).await?;
    ensure!(erased["sha256"] == ranking["sha256"] && erased["rows"] == ranking["rows"], "an erasure moved a rank");
    let published = |ranking: &Value| ranking["publication"]["output_sha256"].clone();
    ensure!(published(&erased).is_string() && published(&erased) == published(&ranking), "{erased}");
    let leaks = secrets().in_tree(commune.fleet.root(), |_| false)?;
    ensure!(leaks.is_empty(), "after the erasure: {leaks:?}");
    Ok(())
}
