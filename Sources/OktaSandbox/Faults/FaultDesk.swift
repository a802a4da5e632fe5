import Core

/// `POST /sandbox/faults` and `POST /sandbox/switches`, for whoever operates the sandbox: under this machine's own name
/// alone, and never for a page of another site.
enum FaultDesk {
    private static let faultsMost = 1_000
    private static let delayMost: Int64 = 600_000

    /// The answer; nil for every other request.
    static func reply(to request: SandboxRequest, _ org: inout OktaOrg, at now: Timestamp) -> SandboxReply? {
        guard request.path == "/sandbox/faults", OrgPage.isOwnName(request.header("host")),
            request.header("origin").map(OrgPage.isOwnOrigin) ?? true
        else { return nil }
        let isForm = request.header("content-type")?.hasPrefix("application/x-www-form-urlencoded") == true
        do throws(OktaError) {
            switch request.method {
            case "GET": return Answer.json(state(org)).reply
            case "DELETE":
                org.faults = []
                org.deliveries.faults = DeliveryFaults()
                org.clockAheadSeconds = 0
                return Answer.json(state(org)).reply
            case "POST": try change(&org, try order(request, isForm: isForm), at: now)
            default: throw .methodNotAllowed(["GET", "POST", "DELETE"])
            }
        } catch {
            return Answer.json(error.body(errorID: "oae"), status: error.status, headers: error.headers).reply
        }
        if isForm { return SandboxReply(status: 303, headers: [("Location", "/#faults")]) }
        return Answer.json(state(org)).reply
    }

    /// What the sandbox is told: a JSON object, or a form with the same names.
    private static func order(_ request: SandboxRequest, isForm: Bool) throws(OktaError) -> JSONObject {
        var order = JSONObject()
        if isForm {
            do {
                for pair in try FormParameters(request.body).pairs {
                    order[pair.name] = Int64(pair.value).map { .int($0) } ?? .string(pair.value)
                }
            } catch { throw .malformedBody }
            return order
        }
        do { order = try JSON.read(request.body).object ?? [:] } catch { throw .malformedBody }
        return order
    }

    private static func change(_ org: inout OktaOrg, _ order: JSONObject, at now: Timestamp) throws(OktaError) {
        let kind = order["fault"]?.string ?? ""
        switch kind {
        case "clock_ahead": org.clockAheadSeconds = try number("seconds", order, in: -315_360_000...315_360_000)
        case "withdraw_scope":
            let index = try org.index(ofApp: text("app", order))
            let scope = try text("scope", order)
            org.apps[index].grants.removeAll { $0.scope == scope }
        case "deactivate_user": org.deactivate(personAt: try org.index(ofUserNamed: text("user", order)), at: now)
        case "delete_app": org.apps.remove(at: try org.index(ofApp: text("app", order)))
        case "manage_implies_read": org.manageImpliesRead = try flag("on", order)
        case "refresh_invalid_scope": org.refusesRefreshScopesAsInvalid = try flag("on", order)
        case "hook_lose": org.deliveries.faults.lose = try deliveries(order)
        case "hook_double": org.deliveries.faults.double = try deliveries(order)
        case "hook_reorder": org.deliveries.faults.reorder = try deliveries(order)
        case "hooks_to": org.hooksTo = try ownAddress(order)
        case "requests_per_minute":
            org.requestsPerMinute = Int(try number("limit", order, in: 0...100_000))
        default:
            let fault = try fault(kind, order).on(order["path"]?.string ?? "")
            let count = Int(try number("count", order, in: 1...Int64(faultsMost), standard: 1))
            guard org.faults.count + count <= faultsMost else { throw .tooManyGroups }
            org.faults += Array(repeating: fault, count: count)
        }
    }

    private static func fault(_ kind: String, _ order: JSONObject) throws(OktaError) -> OktaOrg.Fault {
        switch kind {
        case "status": .status(Int(try number("status", order, in: 400...599)))
        case "html": .html(Int(try number("status", order, in: 400...599, standard: 503)))
        case "delay": .delay(milliseconds: try number("milliseconds", order, in: 1...delayMost))
        case "hang_before": .hangBefore
        case "hang_after": .hangAfter
        case "drop": .drop
        default:
            throw .validation(
                "fault",
                "fault: The value must be one of status, html, delay, hang_before, hang_after, drop, clock_ahead, "
                    + "withdraw_scope, deactivate_user, delete_app, manage_implies_read, refresh_invalid_scope, "
                    + "hook_lose, hook_double, hook_reorder, hooks_to, requests_per_minute.")
        }
    }

    private static func state(_ org: OktaOrg) -> JSON {
        [
            "waiting": .array(org.faults.map { .string("\($0.kind)") }),
            "clock_ahead_seconds": .int(org.clockAheadSeconds),
            "manage_implies_read": .bool(org.manageImpliesRead),
            "refresh_invalid_scope": .bool(org.refusesRefreshScopesAsInvalid),
            "requests_per_minute": .int(Int64(org.requestsPerMinute)),
            "hook_lose": .int(Int64(org.deliveries.faults.lose)),
            "hook_double": .int(Int64(org.deliveries.faults.double)),
            "hook_reorder": .int(Int64(org.deliveries.faults.reorder)),
            "hooks_to": org.hooksTo.map { .string($0) } ?? .null,
        ]
    }

    private static func deliveries(_ order: JSONObject) throws(OktaError) -> Int {
        Int(try number("count", order, in: 0...Int64(faultsMost), standard: 1))
    }

    /// An origin on this machine; what the sandbox sends there goes nowhere else.
    private static func ownAddress(_ order: JSONObject) throws(OktaError) -> String {
        let url = try text("url", order)
        guard OktaOrg.isOwn(origin: url) else {
            throw .validation("url", "url: The value must be an address such as http://127.0.0.1:8080")
        }
        return url
    }

    private static func text(_ name: String, _ order: JSONObject) throws(OktaError) -> String {
        guard let text = order[name]?.string, !text.isEmpty else {
            throw .validation(name, "\(name): The field cannot be left blank")
        }
        return text
    }

    private static func flag(_ name: String, _ order: JSONObject) throws(OktaError) -> Bool {
        switch order[name] {
        case .bool(let value): return value
        case .string("true"): return true
        case .string("false"): return false
        default: throw .validation(name, "\(name): The value must be true or false.")
        }
    }

    private static func number(
        _ name: String, _ order: JSONObject, in range: ClosedRange<Int64>, standard: Int64? = nil
    ) throws(OktaError) -> Int64 {
        if order[name] == nil, let standard { return standard }
        guard let number = order[name]?.int, range.contains(number) else {
            throw .validation(
                name, "\(name): The value must be a whole number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }
}
