//! Words before and after a number that say what it is.
//!
//! What must never be here: a word that makes a number innocent which has the form of a telephone
//! number. What a number is called never outweighs what it looks like.

use super::fold::Folded;
use super::lexicon::Lexicon;
use std::sync::LazyLock;

/// What announces a telephone number.
static PHONE: LazyLock<Lexicon> = LazyLock::new(|| {
    Lexicon::of(&[
        "电话",
        "手机",
        "电联",
        "联系方式",
        "联系我",
        "联络",
        "致电",
        "来电",
        "拨打",
        "拨",
        "座机",
        "固话",
        "热线",
        "短信",
        "传真",
        "電話",
        "手機",
        "聯繫",
        "☎",
        "✆",
        "📞",
        "📱",
        "tel",
        "telephone",
        "phone",
        "phones",
        "mobile",
        "mob",
        "cell",
        "cellphone",
        "call",
        "dial",
        "ring",
        "sms",
        "text me",
        "fax",
        "contact",
        "reach me",
        "hotline",
    ])
});

/// What announces a number that is no contact.
static REFERENCE: LazyLock<Lexicon> = LazyLock::new(|| {
    Lexicon::of(&[
        "订单",
        "单号",
        "编号",
        "流水",
        "工单",
        "运单",
        "发票",
        "合同号",
        "证书",
        "证号",
        "专利",
        "执照",
        "许可",
        "信用代码",
        "批号",
        "序列号",
        "学号",
        "工号",
        "货号",
        "案号",
        "股票",
        "证券",
        "基金",
        "资助号",
        "准字",
        "icp备",
        "资格证",
        "海关编码",
        "hs编码",
        "代码",
        "條碼",
        "条码",
        "端口",
        "登记号",
        "申请号",
        "公开号",
        "著作权",
        "软著",
        "訂單",
        "編號",
        "port",
        "ports",
        "order",
        "orders",
        "order no",
        "order id",
        "invoice",
        "tracking",
        "ticket",
        "serial",
        "sku",
        "patent",
        "licence",
        "license",
        "certificate",
        "cert",
        "credential",
        "credential id",
        "case",
        "po",
        "ref",
        "reference",
        "isbn",
        "issn",
        "doi",
        "arxiv",
        "pmid",
        "ean",
        "upc",
        "barcode",
        "stock",
        "ticker",
        "commit",
        "build",
        "issue",
        "jira",
        "nsfc",
        "grant no",
        "bug",
        "cve",
        "rfc",
        "iso",
        "iec",
        "ieee",
        "gb",
        "gb/t",
        "astm",
        "din",
        "jis",
        "transaction",
        "shipment",
        "confirmation",
        "registration",
        "batch",
        "lot",
    ])
});

/// What announces a passport, a permit or an identity card of another place.
static TRAVEL_DOCUMENT: LazyLock<Lexicon> = LazyLock::new(|| {
    Lexicon::of(&[
        "护照",
        "護照",
        "通行证",
        "通行證",
        "台胞证",
        "臺胞證",
        "回乡证",
        "回鄉證",
        "居留证",
        "居住证",
        "passport",
        "hkid",
        "dni",
        "nric",
    ])
});

/// Names of what has a version of numbers and dots.
static VERSION: LazyLock<Lexicon> = LazyLock::new(|| {
    Lexicon::of(&[
        "v", "ver", "version", "版本", "release", "chrome", "chromium", "firefox", "safari",
        "edge", "webkit", "windows", "android", "ios", "driver", "kernel", "firmware", "build",
    ])
});

/// What announces an Internet address in numbers.
static ADDRESS: LazyLock<Lexicon> = LazyLock::new(|| {
    Lexicon::of(&[
        "ip",
        "ipv4",
        "地址",
        "服务器",
        "主机",
        "网段",
        "网关",
        "节点",
        "子网",
        "内网",
        "公网",
        "server",
        "host",
        "subnet",
        "gateway",
        "dns",
        "cidr",
        "ping",
        "node",
    ])
});

/// What announces money.
static MONEY: LazyLock<Lexicon> = LazyLock::new(|| {
    Lexicon::of(&[
        "薪",
        "薪资",
        "月薪",
        "年薪",
        "工资",
        "待遇",
        "收入",
        "预算",
        "营收",
        "金额",
        "价格",
        "salary",
        "pay",
        "compensation",
        "budget",
        "revenue",
        "price",
        "$",
        "¥",
        "€",
        "£",
        "rmb",
        "cny",
        "usd",
    ])
});

static NUMBER: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::of(&["号码", "號碼"]));
static ID_CARD: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::of(&["身份证", "身份證"]));
static BOOK: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::of(&["isbn"]));

pub(crate) fn is_phone(text: &Folded, at: usize) -> bool {
    stands_before(text, at, 10, &PHONE)
        || (stands_before(text, at, 6, &NUMBER) && !is_reference(text, at))
}

/// `身份证后六位 074514`
pub(crate) fn is_part_of_id_card(text: &Folded, at: usize) -> bool {
    stands_before(text, at, 12, &ID_CARD)
}

/// `护照号 E12345678`
pub(crate) fn is_travel_document(text: &Folded, at: usize) -> bool {
    stands_before(text, at, 14, &TRAVEL_DOCUMENT)
}

pub(crate) fn is_reference(text: &Folded, at: usize) -> bool {
    stands_before(text, at, 14, &REFERENCE) || text.before(at) == '#' || text.before(at) == '№'
}

pub(crate) fn is_book(text: &Folded, at: usize) -> bool {
    stands_before(text, at, 14, &BOOK)
}

pub(crate) fn is_version(text: &Folded, at: usize) -> bool {
    stands_before(text, at, 10, &VERSION)
}

pub(crate) fn is_address(text: &Folded, at: usize) -> bool {
    stands_before(text, at, 10, &ADDRESS)
}

pub(crate) fn is_money(text: &Folded, at: usize) -> bool {
    stands_before(text, at, 10, &MONEY)
}

/// Whether one of the words stands in the same clause, at most so many characters before, with no
/// other number between.
fn stands_before(text: &Folded, at: usize, within: usize, words: &Lexicon) -> bool {
    let ends_clause =
        |c: char| matches!(c, ',' | '，' | ';' | '。' | '!' | '?' | '\n') || c.is_ascii_digit();
    let mut start = at;
    while start > 0 && at - start < within && !ends_clause(text.before(start)) {
        start -= 1;
    }
    // A word of letters may begin before the window; then it is not seen whole.
    (start..at).any(|from| {
        words.at(text, from).any(|(word, to)| {
            let is_latin = word.starts_with(|c: char| c.is_ascii_alphabetic());
            to <= at
                && !(is_latin
                    && (text.before(from).is_ascii_lowercase() || text.at(to).is_ascii_lowercase()))
        })
    })
}

/// Signs and measures after a number, longest first where one begins another.
static MEASURES: LazyLock<Lexicon> = LazyLock::new(|| {
    Lexicon::of(&[
        "%",
        "‰",
        "°",
        "年",
        "月",
        "日",
        "天",
        "周",
        "岁",
        "人",
        "名",
        "个",
        "项",
        "家",
        "次",
        "台",
        "套",
        "件",
        "倍",
        "万",
        "亿",
        "千",
        "百",
        "元",
        "块",
        "美",
        "港",
        "欧",
        "分",
        "秒",
        "毫",
        "小时",
        "点",
        "度",
        "米",
        "公",
        "平",
        "种",
        "类",
        "条",
        "张",
        "篇",
        "本",
        "层",
        "楼",
        "室",
        "栋",
        "届",
        "期",
        "级",
        "星",
        "位",
        "行",
        "列",
        "组",
        "课",
        "所",
        "座",
        "余",
        "多",
        "+",
        "k",
        "w",
        "m",
        "g",
        "t",
        "kb",
        "mb",
        "gb",
        "tb",
        "pb",
        "kg",
        "km",
        "cm",
        "mm",
        "nm",
        "ms",
        "us",
        "ns",
        "s",
        "sec",
        "min",
        "h",
        "hr",
        "hrs",
        "hz",
        "khz",
        "mhz",
        "ghz",
        "qps",
        "tps",
        "rps",
        "rpm",
        "fps",
        "x",
        "px",
        "bn",
        "mm",
        "usd",
        "rmb",
        "eur",
        "gbp",
        "cny",
        "hkd",
        "yuan",
        "dollars",
        "euros",
        "million",
        "billion",
        "thousand",
        "percent",
        "people",
        "person",
        "users",
        "customers",
        "clients",
        "employees",
        "engineers",
        "developers",
        "members",
        "students",
        "staff",
        "reports",
        "servers",
        "nodes",
        "hosts",
        "machines",
        "requests",
        "transactions",
        "orders",
        "records",
        "rows",
        "lines",
        "tests",
        "commits",
        "stars",
        "downloads",
        "hours",
        "minutes",
        "seconds",
        "days",
        "weeks",
        "months",
        "years",
        "year",
        "yrs",
        "points",
        "items",
        "products",
        "projects",
        "countries",
        "cities",
        "stores",
        "devices",
        "services",
        "microservices",
        "participants",
        "attendees",
        "volunteers",
        "bits",
        "bit",
        "bytes",
        "cores",
        "core",
        "gpus",
        "gpu",
        "cpus",
    ])
});

/// Whether a sign or a measure stands right after a number.
pub(crate) fn is_measured(text: &Folded, to: usize) -> bool {
    let from = match text.at(to) {
        ' ' => to + 1,
        _ => to,
    };
    MEASURES.at(text, from).any(|(measure, end)| {
        let is_latin = measure.starts_with(|c: char| c.is_ascii_alphabetic());
        !(is_latin && text.at(end).is_ascii_alphanumeric())
    })
}

/// Whether a sign of money stands right before a number.
pub(crate) fn is_priced(text: &Folded, from: usize) -> bool {
    let from = text.run_back(from, char::is_whitespace);
    matches!(text.before(from), '$' | '¥' | '€' | '£' | '₹' | '₩')
}
