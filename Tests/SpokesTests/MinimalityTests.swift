import Core
import TestSupport
import Testing

@testable import OktaSandbox
@testable import Spokes

/// The least grant, judged by the sandbox's own authorizer.
@Suite struct MinimalityTests {
    private let okta: Spoke

    init() throws {
        let catalogue = try SpokeCatalogue.load(operatorFiles: [])
        okta = try #require(catalogue.spoke("okta"))
    }

    @Test(
        "10,000 random sets: enough, not one scope or right too many, and the residual reach is exact",
        arguments: [true, false])
    func minimal(_ impliesRead: Bool) async throws {
        let court = try Court(okta, manageImpliesRead: impliesRead)
        let compiler = GrantCompiler(spoke: okta, trustsImpliedScopes: impliesRead)
        var dice = SeededDice(seed: impliesRead ? 1 : 2)
        for turn in 0..<5_000 {
            // The others have their turn too.
            await Task.yield()
            let chance = dice.next() % 16 + 1
            let chosen = okta.actions.indices.filter { _ in dice.next() % 16 < chance }
            let grant = compiler.compile(Set(chosen.map { okta.actions[$0].key }))
            let given = court.bits(grant)
            try #require(court.allow(chosen, given), "not enough: set \(turn)")
            for scope in court.singles(given.scopes) {
                let less = Court.Bits(scopes: given.scopes & ~scope, rights: given.rights, kinds: given.kinds)
                try #require(!court.allow(chosen, less), "a scope too many: set \(turn)")
            }
            for right in court.singles(given.rights) {
                let less = Court.Bits(scopes: given.scopes, rights: given.rights & ~right, kinds: given.kinds)
                try #require(!court.allow(chosen, less), "a right too many: set \(turn)")
            }
            let beyond = okta.actions.indices.filter { !chosen.contains($0) && court.allow([$0], given) }
            try #require(grant.reach.actions == beyond.map { okta.actions[$0].key }, "residual reach: set \(turn)")
            // The court's bits say what the sandbox itself says of the whole grant.
            guard turn % 100 == 0 else { continue }
            for index in okta.actions.indices {
                try #require(court.asks(index, grant) == court.allow([index], given), "\(okta.actions[index].key)")
            }
        }
    }
}

/// Asks the sandbox what each scope, right and kind of resource does for each action by itself, once, and answers a
/// hundred thousand questions about sets of them from that: the sandbox wants one scope of some, and of each permission
/// one right of some, over a resource of some kind.
private struct Court {
    /// A grant as bits.
    struct Bits {
        var scopes: UInt64
        var rights: UInt64
        var kinds: UInt64
    }

    /// What serves one permission that an action needs.
    private struct Part {
        let permissions: UInt64
        let roles: UInt64
        /// Nil where no resource set narrows it.
        let kinds: UInt64?
    }

    private struct Demand {
        let scopes: UInt64
        let parts: [Part]
    }

    private let sandbox: AskedOrg
    private let scopes: [String]
    private let rights: [Action.Permission.Right]
    private let demands: [Demand]

    init(_ spoke: Spoke, manageImpliesRead: Bool) throws {
        let scopes = Set(spoke.actions.flatMap(\.scopes)).sorted()
        let rights = Set(spoke.actions.flatMap { $0.permissions.map(\.right) }).sorted { $0.name < $1.name }
        try #require(scopes.count < 64 && rights.count < 64)
        let org = try AskedOrg(scopes: scopes, manageImpliesRead: manageImpliesRead)
        func bits<T>(_ items: [T], _ isIn: (T) -> Bool) -> UInt64 {
            items.indices.reduce(0) { isIn(items[$1]) ? $0 | 1 << UInt64($1) : $0 }
        }
        demands = try spoke.actions.map { action in
            let asked = try org.question(action)
            let parts = asked.need.permissions.map { permission in
                let part = Need(asked.need.scope, permission.name, on: permission.target)
                func serves(_ right: Action.Permission.Right) -> Bool {
                    org.permits(part, asked.parameters, rights: [right], kinds: AskedOrg.kinds)
                }
                let own = [Action.Permission.Right.permission(permission.name)]
                let isFree = org.permits(part, asked.parameters, rights: own, kinds: [])
                return Part(
                    permissions: bits(rights) { if case .permission = $0 { serves($0) } else { false } },
                    roles: bits(rights) { if case .standardRole = $0 { serves($0) } else { false } },
                    kinds: isFree
                        ? nil
                        : bits(AskedOrg.kinds) { org.permits(part, asked.parameters, rights: own, kinds: [$0]) })
            }
            return Demand(scopes: bits(scopes) { org.isInScope(asked.need, [$0]) }, parts: parts)
        }
        sandbox = org
        self.scopes = scopes
        self.rights = rights
        questions = try spoke.actions.map { try org.question($0) }
    }

    private let questions: [AskedOrg.Question]

    /// The grant as bits.
    func bits(_ grant: Grant) -> Bits {
        var bits = Bits(scopes: 0, rights: 0, kinds: 0)
        for need in grant.scopes { bits.scopes |= 1 << UInt64(scopes.firstIndex(of: need.name) ?? 63) }
        for right in Self.rights(grant) { bits.rights |= 1 << UInt64(rights.firstIndex(of: right) ?? 63) }
        for need in grant.resources { bits.kinds |= 1 << UInt64(AskedOrg.kinds.firstIndex(of: need.name) ?? 63) }
        return bits
    }

    /// Each bit by itself.
    func singles(_ bits: UInt64) -> [UInt64] { (0..<64).map { 1 << UInt64($0) }.filter { bits & $0 != 0 } }

    /// Whether all of these actions may happen.
    func allow(_ actions: [Int], _ given: Bits) -> Bool {
        actions.allSatisfy { index in
            let demand = demands[index]
            return demand.scopes & given.scopes != 0
                && demand.parts.allSatisfy { part in
                    part.roles & given.rights != 0
                        || part.permissions & given.rights != 0 && part.kinds.map { $0 & given.kinds != 0 } ?? true
                }
        }
    }

    /// The same of one action, by the sandbox.
    func asks(_ index: Int, _ grant: Grant) -> Bool {
        let question = questions[index]
        return sandbox.isInScope(question.need, grant.scopes.map(\.name))
            && sandbox.permits(
                question.need, question.parameters, rights: Self.rights(grant), kinds: grant.resources.map(\.name))
    }

    private static func rights(_ grant: Grant) -> [Action.Permission.Right] {
        grant.permissions.map { .permission($0.need.name) } + grant.standardRoles.map { .standardRole($0.need.name) }
    }
}

/// An org with an application and a service account, asked what it would allow.
private struct AskedOrg {
    /// What a request needs, and what stands in its path.
    struct Question {
        let need: Need
        let parameters: [String]
    }

    static let kinds = ["users", "groups", "apps"]
    private static let addresses: [String: Resource] = ["users": .allUsers, "groups": .allGroups, "apps": .allApps]
    private static let now = Timestamp(epochMilliseconds: 1_764_000_000_000)

    private let org: OktaOrg
    private let account: String

    init(scopes: [String], manageImpliesRead: Bool) throws {
        var org = OktaOrg.builtIn(seed: 1, at: Self.now, baseURL: "https://acme.okta.com", tokens: [Secret("token")])
        org.manageImpliesRead = manageImpliesRead
        var app = org.apps[0]
        for scope in scopes { try org.grant(scope, to: &app, at: Self.now) }
        org.apps[0] = app
        account = try #require(org.persons.last).id
        self.org = org
    }

    /// The request of an action with things that are there.
    func question(_ action: Action) throws -> Question {
        let there = [
            "user_id": org.persons[0].id, "login": org.persons[0].login, "group_id": org.groups[0].id,
            "app_id": org.apps[0].id, "hook_id": "who0", "factor_id": "fac0",
        ]
        let path = action.request.path.split(separator: "/").map { segment in
            segment.hasPrefix("{") ? there[String(segment.dropFirst().dropLast())] ?? "" : String(segment)
        }
        let match = try #require(Route.find("/" + path.joined(separator: "/")), "\(action.key)")
        let route = try #require(match.route(action.request.method.rawValue), "\(action.key)")
        let need =
            switch action.key {
            case "update_user_profile": UpdateUser.need(profile: true, password: false)
            case "set_user_password": UpdateUser.need(profile: false, password: true)
            default: route.need
            }
        return Question(need: need, parameters: match.parameters)
    }

    func isInScope(_ need: Need, _ scopes: [String]) -> Bool {
        let caller = Caller(userID: account, appID: org.apps[0].id, scopes: scopes)
        do throws(OktaError) {
            try org.checkScope(caller, need, SandboxRequest(method: "GET", path: "/"))
            return true
        } catch { return false }
    }

    func permits(
        _ need: Need, _ parameters: [String], rights: [Action.Permission.Right], kinds: [String]
    ) -> Bool {
        var org = org
        var permissions: [String] = []
        for right in rights {
            switch right {
            case .permission(let name): permissions.append(name)
            case .standardRole(let name):
                guard let role = StandardRole(rawValue: name) else { return false }
                org.administration.assign(role, to: .user(account), id: "ra", at: Self.now)
            }
        }
        org.administration.customRoles = [
            .init(
                id: "role", label: "", description: "", permissions: permissions, created: Self.now,
                lastUpdated: Self.now)
        ]
        org.administration.resourceSets = [
            .init(
                id: "set", label: "", description: "",
                resources: kinds.compactMap { kind in Self.addresses[kind].map { (kind, $0) } }, created: Self.now,
                lastUpdated: Self.now)
        ]
        org.administration.bindings = [
            .init(roleID: "role", setID: "set", members: [("member", .user(account), Self.now)])
        ]
        let caller = Caller(userID: account, appID: nil, scopes: nil)
        do throws(OktaError) {
            _ = try org.checkPermissions(caller, need, parameters)
            return true
        } catch { return false }
    }
}
