public import Core

extension OktaOrg {
    /// The org that ships: 300 people and 22 groups of the invented company Acme. The same seed gives the same org.
    ///
    /// One of them is Mara Lindqvist (`mara.lindqvist@acme.example`): ACTIVE, in Everyone and three groups of her own.
    /// - Parameters:
    ///   - seed: settles everything that looks random, ids too.
    ///   - at: the present; people joined in the ten years before.
    ///   - baseURL: where callers reach the org; stands in links.
    ///   - tokens: API tokens that are accepted. All belong to the first active person.
    public static func builtIn(seed: UInt64, at: Timestamp, baseURL: String, tokens: [Secret]) -> OktaOrg {
        var builder = OrgBuilder(seed: seed, at: at)
        builder.addGroups()
        builder.addPeople(300)
        builder.addFactors()
        builder.addApps()
        return builder.org(baseURL: baseURL, tokens: tokens)
    }
}

struct OrgBuilder {
    private static let everyone = "Everyone"
    private static let appGroup = "acme.local Directory Users"

    var dice: Dice
    private let now: Timestamp
    private let founded: Timestamp
    private let typeID: String
    private var logins: Set<String> = []
    private(set) var persons: [Person] = []
    private(set) var groups: [Group] = []
    private(set) var apps: [App] = []

    init(seed: UInt64, at now: Timestamp) {
        dice = Dice(seed: seed)
        self.now = now
        founded = now.adding(seconds: -10 * 365 * 86_400)
        typeID = dice.id("oty")
    }

    func org(baseURL: String, tokens: [Secret]) -> OktaOrg {
        OktaOrg(
            baseURL: baseURL, tokens: tokens, persons: persons, groups: groups, apps: apps, founded: founded,
            dice: dice, at: now)
    }

    mutating func addGroups() {
        addEveryone()
        addGroup(Self.appGroup, .app, "Imported from the directory")
        for department in Names.departments { addGroup(department.name, .okta, "Everybody in \(department.name)") }
        for group in Names.crossing { addGroup(group.name, .okta, group.says) }
    }

    /// The group that everybody is in; every org has it.
    mutating func addEveryone() { addGroup(Self.everyone, .builtIn, "All users in your organization") }

    mutating func addGroup(_ name: String, _ kind: Group.Kind, _ says: String?) {
        groups.append(
            Group(
                id: dice.id("00g"), kind: kind, name: name, description: says, created: founded,
                lastUpdated: founded, lastMembershipUpdated: founded))
    }

    mutating func addPeople(_ count: Int) {
        // The token's owner and the demo's leaver come first; then whoever the dice bring; last a namesake, so that
        // one short name is ambiguous.
        addPerson(("Nora", "nora"), ("Castellanos", "castellanos"), department: 8, in: ["Security", "VPN Users"])
        addPerson(
            ("Mara", "mara"), ("Lindqvist", "lindqvist"), department: 0,
            in: ["Engineering", "VPN Users", "GitHub Members"])
        while persons.count < count - 1 {
            let given = dice.pick(Names.given)
            let family = dice.pick(Names.family)
            let department = dice.below(Names.departments.count)
            guard !logins.contains("\(given.login).\(family.login)@acme.example") else { continue }
            addPerson(given, family, department: department, in: nil)
        }
        addPerson(
            ("Nora", "nora"), ("Castellanos", "castellanos"), department: 4, in: ["Contractors"],
            domain: "contractors.acme.example")
    }

    private mutating func addPerson(
        _ given: Names.Name, _ family: Names.Name, department: Int, in names: [String]?,
        domain: String = "acme.example"
    ) {
        let login = "\(given.login).\(family.login)@\(domain)"
        logins.insert(login)
        let status = names == nil ? someStatus() : .active
        let place = Names.departments[department]
        let profile: JSONObject = [
            "firstName": .string(given.shown), "lastName": .string(family.shown),
            "displayName": .string("\(given.shown) \(family.shown)"),
            "title": .string(dice.pick(place.titles)), "department": .string(place.name),
            "city": .string(dice.pick(Names.cities)),
            "employeeNumber": .string(String(10_000 + persons.count)),
            "mobilePhone": .null, "secondEmail": .null, "login": .string(login), "email": .string(login),
        ]
        let inGroups = names ?? someGroups(place.name)
        append(login: login, profile: profile, status: status, in: [Self.everyone] + inGroups)
    }

    /// Adds somebody with times that fit the status; group names that do not exist are left out.
    private mutating func append(login: String, profile: JSONObject, status: Person.Status, in names: [String]) {
        let days = 3_000 - persons.count * 9
        let created = now.adding(seconds: -Int64(max(days, 30)) * 86_400 + Int64(dice.below(36_000)))
        let began = created.adding(seconds: Int64(60 + dice.below(86_400)))
        let recent = now.adding(seconds: -Int64(600 + dice.below(20 * 86_400)))
        let hasBegun = status != .staged && status != .provisioned
        let changed = status == .active ? began : hasBegun ? recent : status == .staged ? nil : began
        persons.append(
            Person(
                id: dice.id("00u"), typeID: typeID, status: status, created: created,
                activated: status == .staged ? nil : began, statusChanged: changed,
                lastLogin: hasBegun ? recent : nil, lastUpdated: changed ?? created,
                passwordChanged: hasBegun ? began : nil, profile: profile, login: login,
                groupIDs: Set(groups.filter { names.contains($0.name) }.map(\.id)),
                sessions: status == .active ? 1 + dice.below(2) : 0))
    }

    /// The leaver has two factors, two of three others one; those who never began have none.
    mutating func addFactors() {
        for index in persons.indices {
            guard let began = persons[index].passwordChanged else { continue }
            let types = index == 1 ? ["push", "sms"] : dice.below(3) < 2 ? [dice.pick(["push", "sms", "call"])] : []
            persons[index].factors = types.map {
                Factor(id: dice.id($0 == "push" ? "opf" : "mbl"), type: $0, provider: "OKTA", created: began)
            }
        }
    }

    mutating func addApps() {
        for known in Names.apps {
            var app = App(
                id: dice.id("0oa"), name: known.name, label: known.label, signOnMode: known.mode, created: founded,
                status: known.isActive ? .active : .inactive, lastUpdated: founded)
            for group in groups where known.groups.contains(group.name) {
                app.groups.append(
                    .init(id: group.id, lastUpdated: founded, priority: Int64(app.groups.count), profile: [:]))
            }
            for person in persons.prefix(known.direct) {
                app.users.append(.init(id: person.id, since: founded, userName: person.login, profile: [:]))
            }
            apps.append(app)
        }
    }

    private mutating func someStatus() -> Person.Status {
        switch dice.below(100) {
        case 0..<84: .active
        case 84..<86: .staged
        case 86..<90: .provisioned
        case 90..<92: .suspended
        case 92..<96: .deprovisioned
        case 96..<98: .lockedOut
        case 98: .passwordExpired
        default: .recovery
        }
    }

    private mutating func someGroups(_ department: String) -> [String] {
        var names = [department]
        if dice.below(10) < 7 { names.append(Self.appGroup) }
        for group in Names.crossing where dice.below(5) == 0 { names.append(group.name) }
        return names
    }

    /// Adds somebody whom a file describes.
    mutating func add(_ seeded: SeededPerson) {
        for name in seeded.groups where !groups.contains(where: { $0.name == name }) { addGroup(name, .okta, nil) }
        let created = seeded.created ?? now
        let id = seeded.id ?? dice.id("00u")
        let names = [Self.everyone] + seeded.groups
        persons.append(
            Person(
                id: id, typeID: typeID, status: seeded.status, created: created, activated: seeded.activated,
                statusChanged: seeded.statusChanged, lastLogin: seeded.lastLogin,
                lastUpdated: seeded.lastUpdated ?? created, passwordChanged: seeded.passwordChanged,
                profile: seeded.profile, login: seeded.login,
                groupIDs: Set(groups.filter { names.contains($0.name) }.map(\.id)),
                sessions: seeded.status == .active ? 1 : 0))
    }
}
