//! Random policies over the generator's schema, as Cedar text.
//!
//! Expressions are made by type, so that most of them validate; those that do not are left out by
//! the caller, who counts them.

use crate::random::Random;

/// Types of expressions that the generator makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ty {
    Long,
    Text,
    User,
    Group,
    Numbers,
    Users,
    Datetime,
    Duration,
    Decimal,
    Ip,
}

/// Makes policies.
#[derive(Debug)]
pub struct Policies {
    pub random: Random,
    principal: &'static str,
    resource: &'static str,
    action: &'static str,
}

impl Policies {
    /// A generator from a seed.
    pub fn new(random: Random) -> Self {
        Self {
            random,
            principal: "User",
            resource: "Doc",
            action: "view",
        }
    }

    /// One policy.
    pub fn policy(&mut self) -> String {
        let (scope, principal, resource, action) = *self.random.pick(&[
            ("principal is User, action == Action::\"view\", resource", "User", "Doc", "view"),
            ("principal is User, action, resource is Doc", "User", "Doc", "all"),
            ("principal is User in Group::\"a\", action in Action::\"any\", resource is Doc", "User", "Doc", "view"),
            ("principal == User::\"a\", action == Action::\"edit\", resource is Doc", "User", "Doc", "edit"),
            ("principal, action in [Action::\"view\", Action::\"change\"], resource in Folder::\"b\"", "any", "any", "view"),
            ("principal is Group, action == Action::\"view\", resource", "Group", "Doc", "view"),
            ("principal, action == Action::\"share\", resource == Doc::\"c\"", "User", "Doc", "share"),
        ]);
        (self.principal, self.resource, self.action) = (principal, resource, action);
        let effect = if self.random.chance(65) {
            "permit"
        } else {
            "forbid"
        };
        let mut text = format!("{effect} ({scope})");
        for _ in 0..self.random.below(3) {
            let kind = if self.random.chance(75) {
                "when"
            } else {
                "unless"
            };
            let condition = self.bool(4);
            text.push_str(&format!(" {kind} {{ {condition} }}"));
        }
        text + ";"
    }

    fn bool(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.bool_leaf();
        }
        let d = depth - 1;
        match self.random.below(22) {
            0 | 1 => format!("({} && {})", self.bool(d), self.bool(d)),
            2 | 3 => format!("({} || {})", self.bool(d), self.bool(d)),
            4 => format!("!({})", self.bool(d)),
            5 => format!(
                "(if {} then {} else {})",
                self.bool(d),
                self.bool(d),
                self.bool(d)
            ),
            6 => {
                let op = *self.random.pick(&["<", "<=", ">", ">=", "==", "!="]);
                format!(
                    "({} {op} {})",
                    self.expr(Ty::Long, d),
                    self.expr(Ty::Long, d)
                )
            }
            7 => {
                let ty = *self.random.pick(&[
                    Ty::Text,
                    Ty::User,
                    Ty::Numbers,
                    Ty::Users,
                    Ty::Datetime,
                    Ty::Decimal,
                    Ty::Ip,
                    Ty::Duration,
                ]);
                let op = *self.random.pick(&["==", "!="]);
                format!("({} {op} {})", self.expr(ty, d), self.expr(ty, d))
            }
            8 => {
                let pattern = *self
                    .random
                    .pick(&["*", "a*", "*b", "a\\*b", "*张*", "a*b*", ""]);
                format!("{} like \"{pattern}\"", self.expr(Ty::Text, d))
            }
            9 => format!(
                "({} in {})",
                self.expr(Ty::User, d),
                self.expr(Ty::Group, d)
            ),
            10 => {
                let user = self.expr(Ty::User, d);
                format!("({user} in {user}.groups)")
            }
            11 => {
                let op = *self.random.pick(&["containsAll", "containsAny"]);
                let ty = *self.random.pick(&[Ty::Numbers, Ty::Users]);
                format!("{}.{op}({})", self.expr(ty, d), self.expr(ty, d))
            }
            12 => format!(
                "{}.contains({})",
                self.expr(Ty::Numbers, d),
                self.expr(Ty::Long, d)
            ),
            13 => format!(
                "{}.contains({})",
                self.expr(Ty::Users, d),
                self.expr(Ty::User, d)
            ),
            14 => {
                let user = self.expr(Ty::User, d);
                let key = self.key();
                let set = format!("{user}.getTag({key})");
                let element = self.expr(Ty::Text, d);
                format!("({user}.hasTag({key}) && {set}.contains({element}))")
            }
            15 if self.resource == "Doc" => {
                let key = self.key();
                format!(
                    "(resource.hasTag({key}) && resource.getTag({key}) < {})",
                    self.expr(Ty::Long, d)
                )
            }
            16 => {
                let user = self.expr(Ty::User, d);
                format!(
                    "({user} has manager && {user}.manager.age > {})",
                    self.expr(Ty::Long, d)
                )
            }
            17 => {
                let user = self.expr(Ty::User, d);
                format!(
                    "({user} has alt.zip && {user}.alt.zip == {})",
                    self.expr(Ty::Long, d)
                )
            }
            18 => {
                let op = *self.random.pick(&[
                    "lessThan",
                    "lessThanOrEqual",
                    "greaterThan",
                    "greaterThanOrEqual",
                ]);
                format!(
                    "{}.{op}({})",
                    self.expr(Ty::Decimal, d),
                    self.expr(Ty::Decimal, d)
                )
            }
            19 => {
                let ip = self.expr(Ty::Ip, d);
                match self.random.below(3) {
                    0 => format!("{ip}.isInRange({})", self.expr(Ty::Ip, d)),
                    1 => format!("{ip}.isLoopback()"),
                    _ => format!("({ip}.isMulticast() || {ip}.isIpv4())"),
                }
            }
            20 => {
                let ty = *self.random.pick(&[Ty::Datetime, Ty::Duration]);
                let op = *self.random.pick(&["<", "<=", ">"]);
                format!("({} {op} {})", self.expr(ty, d), self.expr(ty, d))
            }
            _ => self.structure(d),
        }
    }

    /// Records, sets of records, nested sets, and what types alone decide.
    fn structure(&mut self, d: usize) -> String {
        let user = self.expr(Ty::User, d);
        let number = self.expr(Ty::Long, d);
        match self.random.below(12) {
            9 => format!("([{number}, 1, {number}] == [1, {number}])"),
            10 => format!("([{user}.numbers, {user}.numbers] == [{user}.numbers])"),
            11 => format!(
                "({user}.joined.toDate() == datetime(\"1969-12-31\") || {user}.joined.toTime() < duration(\"0ms\"))"
            ),
            0 => format!("{user}.nested.contains([{number}, 1])"),
            1 => format!("({user}.nested == [[1], [{number}, 2], [1]])"),
            2 => format!("({user} has alt && {user}.alt == {user}.address)"),
            3 => format!("({{ a: {number}, b: {user}.active }} == {{ a: 1, b: true }})"),
            4 => {
                format!("({user}.records.isEmpty() || {user}.records.containsAll({user}.records))")
            }
            5 => format!("({number} + 1 > 0 && false)"),
            6 => format!("({number} - 1 > 0 || true)"),
            7 => format!("([{user}, User::\"b\"].contains({user}.manager) && false)")
                .replace(".manager", ""),
            _ => format!("({{ a: {number} }} has a && {user} is User)"),
        }
    }

    fn bool_leaf(&mut self) -> String {
        let fixed = [
            "true",
            "false",
            "principal in Group::\"a\"",
            "resource in Folder::\"a\"",
            "User::\"b\".active",
        ];
        match self.random.below(8) {
            0 if self.principal == "User" => "principal.active".to_owned(),
            1 if self.resource == "Doc" => "resource.public".to_owned(),
            2 if self.action == "view" || self.action == "edit" => {
                "(context has mfa && context.mfa)".to_owned()
            }
            3 if self.action == "all" => {
                "(action == Action::\"edit\" || action in Action::\"change\")".to_owned()
            }
            4 if self.resource == "Doc" => {
                "(resource has label && resource.label == \"a\")".to_owned()
            }
            5 if self.action == "view" => {
                "(context has place.zip && context.place.zip > 0)".to_owned()
            }
            6 if self.principal == "User" => "principal.color == Color::\"red\"".to_owned(),
            _ => (*self.random.pick(&fixed)).to_owned(),
        }
    }

    fn key(&mut self) -> String {
        match self.random.below(3) {
            0 if self.action == "view" || self.action == "edit" => "context.key".to_owned(),
            1 => "\"k\"".to_owned(),
            _ => "\"a\"".to_owned(),
        }
    }

    fn expr(&mut self, ty: Ty, depth: usize) -> String {
        if depth > 0 && self.random.chance(15) {
            let d = depth - 1;
            return format!(
                "(if {} then {} else {})",
                self.bool(d),
                self.expr(ty, d),
                self.expr(ty, d)
            );
        }
        let asked = self.action == "view" || self.action == "edit";
        let choice = self.random.below(6);
        match ty {
            Ty::User => match choice {
                0 | 1 if self.principal == "User" => "principal".to_owned(),
                2 if self.resource == "Doc" => "resource.owner".to_owned(),
                3 if self.action == "share" => "context.to".to_owned(),
                _ => format!("User::\"{}\"", self.random.pick(&crate::facts::IDS)),
            },
            Ty::Group => format!("Group::\"{}\"", self.random.pick(&crate::facts::IDS)),
            Ty::Long => match choice {
                0 => format!("{}.age", self.expr(Ty::User, 0)),
                1 if self.resource == "Doc" => "resource.size".to_owned(),
                2 if asked => "context.level".to_owned(),
                3 if depth > 0 => {
                    let op = *self.random.pick(&["+", "-", "*"]);
                    format!(
                        "({} {op} {})",
                        self.expr(ty, depth - 1),
                        self.expr(ty, depth - 1)
                    )
                }
                4 if depth > 0 => match self.random.below(2) {
                    0 => format!("(-{})", self.expr(ty, depth - 1)),
                    _ => {
                        let unit = *self.random.pick(&[
                            "toDays",
                            "toHours",
                            "toSeconds",
                            "toMilliseconds",
                            "toMinutes",
                        ]);
                        format!("{}.{unit}()", self.expr(Ty::Duration, depth - 1))
                    }
                },
                _ => (*self
                    .random
                    .pick(&["0", "1", "2", "-1", "7", "9223372036854775807"]))
                .to_owned(),
            },
            Ty::Text => match choice {
                0 => format!("{}.name", self.expr(Ty::User, 0)),
                1 => format!("{}.address.city", self.expr(Ty::User, 0)),
                2 if asked => "context.key".to_owned(),
                _ => format!("\"{}\"", self.random.pick(&["", "a", "ab", "张三"])),
            },
            Ty::Numbers => match choice {
                0..=2 => format!("{}.numbers", self.expr(Ty::User, 0)),
                3 => "[1, 2, 1, 7]".to_owned(),
                _ => format!(
                    "[{}, {}]",
                    self.expr(Ty::Long, depth.saturating_sub(1)),
                    self.expr(Ty::Long, 0)
                ),
            },
            Ty::Users => match choice {
                0..=2 if self.resource == "Doc" => "resource.readers".to_owned(),
                3 => "[User::\"c\", User::\"a\"]".to_owned(),
                _ => format!("[{}, {}]", self.expr(Ty::User, 0), self.expr(Ty::User, 0)),
            },
            Ty::Datetime => match choice {
                0 => format!("{}.joined", self.expr(Ty::User, 0)),
                1 if asked => "context.now".to_owned(),
                2 if depth > 0 => format!(
                    "{}.offset({})",
                    self.expr(ty, depth - 1),
                    self.expr(Ty::Duration, depth - 1)
                ),
                3 if depth > 0 => format!("{}.toDate()", self.expr(ty, depth - 1)),
                _ => format!(
                    "datetime(\"{}\")",
                    self.random
                        .pick(&["1970-01-01", "2024-02-29T23:59:59.999Z"])
                ),
            },
            Ty::Duration => match choice {
                0 => format!("{}.quota", self.expr(Ty::User, 0)),
                1 if depth > 0 => format!(
                    "{}.durationSince({})",
                    self.expr(Ty::Datetime, depth - 1),
                    self.expr(Ty::Datetime, depth - 1)
                ),
                2 if depth > 0 => format!("{}.toTime()", self.expr(Ty::Datetime, depth - 1)),
                _ => format!(
                    "duration(\"{}\")",
                    self.random.pick(&["0ms", "1d", "-2h", "86399999ms"])
                ),
            },
            Ty::Decimal => match choice {
                0 => format!("{}.balance", self.expr(Ty::User, 0)),
                _ => format!(
                    "decimal(\"{}\")",
                    self.random.pick(&["0.0", "1.50", "-1.5"])
                ),
            },
            Ty::Ip => match choice {
                0 => format!("{}.ip", self.expr(Ty::User, 0)),
                1 if asked => "context.ip".to_owned(),
                _ => format!(
                    "ip(\"{}\")",
                    self.random
                        .pick(&["10.0.0.0/8", "::1", "ff00::/8", "0.0.0.0/0"])
                ),
            },
        }
    }
}
