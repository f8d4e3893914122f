//! Chinese surnames of two characters, simplified and traditional.
//!
//! What must never be here: a surname of one character followed by a common
//! given name; it would show part of the given name.

/// Whether two characters are a compound surname.
pub(super) fn is_compound_surname(first: char, second: char) -> bool {
    let mut bytes = [0; 8];
    let first_length = first.encode_utf8(&mut bytes).len();
    let rest = bytes.get_mut(first_length..).unwrap_or_default();
    let length = first_length + second.encode_utf8(rest).len();
    // What stands between the surnames is part of no name.
    let pair = bytes
        .get(..length)
        .and_then(|pair| str::from_utf8(pair).ok());
    pair.is_some_and(|pair| !pair.contains(char::is_whitespace) && SURNAMES.contains(pair))
}

const SURNAMES: &str = "
欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台
皇甫 宗政 濮阳 公冶 太叔 申屠 公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 闾丘
子车 亓官 司寇 巫马 公西 颛孙 壤驷 公良 漆雕 乐正 宰父 谷梁 拓跋 夹谷 轩辕 令狐
段干 百里 呼延 东郭 南门 羊舌 微生 梁丘 左丘 东门 西门 第五 淳于 单于 纳兰 叶赫
完颜
歐陽 太史 端木 司馬 東方 獨孤 南宮 萬俟 聞人 諸葛 尉遲 公羊 赫連 澹臺 濮陽 申屠
公孫 仲孫 鍾離 鐘離 長孫 鮮于 閭丘 子車 巫馬 顓孫 壤駟 樂正 穀梁 拓拔 夾谷 軒轅
段幹 東郭 南門 東門 西門 單于 納蘭 葉赫 完顏
";
