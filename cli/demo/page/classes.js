// Names of the vocabulary's classes, in groups. A class that is not here is shown by its id.
const GROUPS = [
  ["Contact", "联系方式", [
    ["phone", "Phone", "电话"], ["email", "E-mail", "邮箱"], ["messenger", "WeChat, QQ", "微信、QQ"], ["profiles", "Accounts", "社交账号"]]],
  ["Identity", "身份", [
    ["name", "Name", "姓名"], ["photo", "Photo", "照片"], ["personalLinks", "Personal site", "个人主页"], ["city", "City", "城市"], ["address", "Address", "住址"], ["idCard", "Identity card", "身份证号"], ["age", "Age", "年龄"]]],
  ["History", "经历", [
    ["career", "Positions", "职位经历"], ["employer", "Employers", "雇主"], ["workLocation", "Places of work", "工作地点"], ["dates", "Dates", "起止时间"], ["volunteering", "Volunteering", "志愿经历"]]],
  ["Qualification", "资历", [
    ["education", "Education", "教育"], ["studyDates", "Years of study", "就读时间"], ["certificates", "Certificates", "证书"], ["publications", "Publications", "著作"], ["awards", "Awards", "奖项"]]],
  ["Text", "文字", [
    ["headline", "Headline", "标题"], ["skills", "Skills", "技能"], ["prose", "Free text", "自由文本"], ["interests", "Interests", "兴趣"]]],
  ["Personal", "个人信息", [
    ["sensitive", "Sex, origin, health …", "性别、籍贯、健康等"], ["thirdParties", "Referees", "证明人、紧急联系人"], ["currentSalary", "Present salary", "目前薪资"], ["expectedSalary", "Expected salary", "期望薪资"], ["activity", "Signs of job search", "求职状态"], ["original", "Original document", "原始文档、附件"], ["resumeNumber", "Résumé number", "简历编号"], ["technical", "Format", "格式信息"]]],
];

/** The name of a class in the language of the page. */
function className(id) {
  const entry = GROUPS.flatMap((group) => group[2]).find((c) => c[0] === id);
  return entry ? entry[language === "zh" ? 2 : 1] : id;
}

/** The rows of the matrix in groups: those of the vocabulary first, then what is left. */
function grouped(classes) {
  const left = new Map(classes.map((c, i) => [c.id, i]));
  const groups = GROUPS.map(([en, zh, members]) => [
    language === "zh" ? zh : en,
    members.filter(([id]) => left.has(id)).map(([id]) => { const i = left.get(id); left.delete(id); return i; }),
  ]);
  groups.push([language === "zh" ? "其他" : "Other", [...left.values()]]);
  return groups.filter(([, rows]) => rows.length);
}
