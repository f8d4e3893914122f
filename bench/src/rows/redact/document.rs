//! Résumés of a given size in Latin or in Chinese, and the rules for them.
//!
//! The texts hold no contact, so that what serde_json's side must give is known without a detector.
//! Nothing here measures, and no value is anybody's.

use serde_json::{Value, json};

/// What the texts are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Script {
    Latin,
    Chinese,
}

impl Script {
    pub const ALL: [Self; 2] = [Self::Latin, Self::Chinese];

    pub fn name(self) -> &'static str {
        match self {
            Self::Latin => "Latin",
            Self::Chinese => "Chinese",
        }
    }

    fn pick(self, latin: &'static str, chinese: &'static str) -> &'static str {
        match self {
            Self::Latin => latin,
            Self::Chinese => chinese,
        }
    }

    fn sentence(self, style: Style, number: usize) -> String {
        let sentences = match (self, style) {
            (Self::Latin, Style::Words) => LATIN,
            (Self::Latin, Style::Figures) => LATIN_FIGURES,
            (Self::Chinese, Style::Words) => CHINESE,
            (Self::Chinese, Style::Figures) => CHINESE_FIGURES,
        };
        sentences
            .get(number % sentences.len())
            .copied()
            .unwrap_or_default()
            .to_owned()
    }
}

/// How sentences are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without a digit.
    Words,
    /// With years, counts and shares. In some of them there are so many digits that the detector has to
    /// look closely.
    Figures,
}

const LATIN_FIGURES: [&str; 5] = [
    "Led the move of billing for 120,000 accounts from 2019 to 2021, with a team of 6 engineers.",
    "Cut the time of a release from 48 hours to 30 minutes and wrote the guide that 12 teams follow.",
    "Designed the storage layer for 3 clusters of search logs, which takes 40% less room.",
    "Mentored 4 junior engineers and ran the reading group on distributed systems since 2018.",
    "Built dashboards for 25 experiments in 7 countries, available for 99.95% of the year.",
];

const CHINESE_FIGURES: [&str; 5] = [
    "2019年至2021年负责计费系统从夜间批处理到流式处理的迁移，涉及120,000个账户，带领6名工程师上线。",
    "将发布时间从48小时缩短到30分钟，并编写了12个团队沿用的发布手册与回滚流程。",
    "为3个集群设计搜索日志的存储层，编写了大部分压缩代码，存储空间减少40%。",
    "2018年起指导4名初级工程师，组织分布式系统读书会，并参与候选人的技术面试。",
    "搭建25个实验的看板，供7个国家的部门日常使用，全年可用性99.95%。",
];

const LATIN: [&str; 5] = [
    "Led the move of the billing system from nightly batches to a stream, with a team of six engineers.",
    "Cut the time of a release from two days to half an hour and wrote the guide that other teams follow.",
    "Designed the storage layer for search logs, wrote most of the compaction code and its model checker.",
    "Mentored junior engineers, ran the reading group on distributed systems, and interviewed candidates.",
    "Built dashboards that show product managers which experiments work, used by the whole department.",
];

const CHINESE: [&str; 5] = [
    "负责计费系统从夜间批处理到流式处理的迁移，带领六名工程师完成设计、开发与上线。",
    "将发布时间从两天缩短到半小时，并编写了其他团队沿用的发布手册与回滚流程。",
    "设计搜索日志的存储层，编写了大部分压缩代码以及对应的模型检查程序。",
    "指导初级工程师，组织分布式系统读书会，并参与候选人的技术面试与评估。",
    "搭建实验看板，让产品经理看到哪些实验有效，供整个部门日常使用。",
];

/// The candidate's true values, which the scan searches for.
pub const KNOWN: [(&str, &str); 4] = [
    ("phone", "13912345678"),
    ("email", "lena.vasquez@mail.example"),
    ("wechat", "lvq_hz_2015"),
    ("idCard", "11010519491231002X"),
];

/// Path and rendering; `$text` for free text, which one case removes and the other scrubs.
pub const RULES: [(&str, &str); 27] = [
    ("$.basics.name", "mask:name"),
    ("$.basics.label", "reveal"),
    ("$.basics.email", "mask:email"),
    ("$.basics.phone", "mask:phone"),
    ("$.basics.summary", "$text"),
    ("$.basics.location.city", "reveal"),
    ("$.basics.location.region", "reveal"),
    ("$.basics.location.countryCode", "reveal"),
    ("$.basics.location.postalCode", "generalise:postal"),
    ("$.work[*].name", "reveal"),
    ("$.work[*].position", "reveal"),
    ("$.work[*].location", "reveal"),
    ("$.work[*].startDate", "generalise:month"),
    ("$.work[*].endDate", "generalise:month"),
    ("$.work[*].summary", "$text"),
    ("$.work[*].highlights[*]", "$text"),
    ("$.education[*].institution", "reveal"),
    ("$.education[*].area", "reveal"),
    ("$.education[*].studyType", "reveal"),
    ("$.education[*].score", "reveal"),
    ("$.education[*].courses[*]", "reveal"),
    ("$.skills[*].name", "reveal"),
    ("$.skills[*].level", "reveal"),
    ("$.skills[*].keywords[*]", "reveal"),
    ("$.languages[*].language", "reveal"),
    ("$.languages[*].fluency", "reveal"),
    ("$.meta.version", "reveal"),
];

/// A résumé of about so many bytes: the jobs are repeated until it is that long.
pub fn document(script: Script, style: Style, bytes: usize) -> Vec<u8> {
    let is_small = bytes <= 2048;
    let sentences = |from: usize, count: usize| -> String {
        let all: Vec<String> = (from..from + count)
            .map(|n| script.sentence(style, n))
            .collect();
        all.join(script.pick(" ", ""))
    };
    let mut body = json!({
        "basics": {
            "name": script.pick("Lena Vasquez", "欧阳静怡"),
            "label": script.pick("Staff Software Engineer", "高级软件工程师"),
            "image": "https://images.example/portraits/6f1ed002ab5595859014ebf0951522d9.jpg",
            "email": "lena.vasquez@mail.example",
            "phone": "+86 139-1234-5678",
            "url": "https://vasquez.example",
            "summary": sentences(0, if is_small { 1 } else { 4 }),
            "location": {
                "address": script.pick("2712 Broadway Street", "中关村大街27号"),
                "postalCode": "100190",
                "city": script.pick("Beijing", "北京市"),
                "region": script.pick("Beijing", "海淀区"),
                "countryCode": "CN",
            },
            "profiles": [
                { "network": "GitHub", "username": "lvasquez", "url": "https://code.example/lvasquez" },
            ],
        },
        "education": [{
            "institution": script.pick("University of Hangzhou", "杭州大学"),
            "url": "https://university.example/",
            "area": script.pick("Computer Science", "计算机科学与技术"),
            "studyType": script.pick("Bachelor", "本科"),
            "startDate": "2005-09-01",
            "endDate": "2009-06-30",
            "score": "3.7",
            "courses": [script.pick("Databases", "数据库原理"), script.pick("Compilers", "编译原理")],
        }],
        "skills": [
            { "name": "Rust", "level": script.pick("Master", "精通"), "keywords": ["async", "no_std", "WebAssembly"] },
            { "name": script.pick("Databases", "数据库"), "level": script.pick("Advanced", "熟练"), "keywords": ["PostgreSQL", "RocksDB"] },
        ],
        "languages": [{ "language": script.pick("English", "英语"), "fluency": script.pick("Fluent", "流利") }],
        "meta": { "version": "v1.0.0", "lastModified": "2021-04-28T10:03:00Z", "canonical": "https://resumes.example/1" },
        "work": [],
    });
    let mut size = body.to_string().len();
    let mut jobs = Vec::new();
    while size < bytes {
        let number = jobs.len();
        let job = json!({
            "name": script.pick("Meridian Data Company", "子午线数据科技有限公司"),
            "position": script.pick("Senior Software Engineer", "资深软件工程师"),
            "location": script.pick("Hangzhou", "杭州市"),
            "url": format!("https://employer-{number}.example"),
            "startDate": format!("20{:02}-03-01", number % 20),
            "endDate": format!("20{:02}-11-30", number % 20 + 1),
            "summary": sentences(number, 1),
            "highlights": [sentences(number + 1, 1), sentences(number + 2, 1), sentences(number + 3, 1)],
            "remote": number % 2 == 0,
            "team": number % 40,
        });
        size += job.to_string().len() + 1;
        jobs.push(job);
    }
    if let Some(work) = body.get_mut("work") {
        *work = Value::Array(jobs);
    }
    body.to_string().into_bytes()
}
