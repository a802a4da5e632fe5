import Core
import Ports

/// The checks of what a token says that it is for.
extension Access {
    /// RFC 8707 §2, RFC 9068 §4 (MUST): a token that is for others alone is not taken here.
    static func audience(_ question: Question) -> Check {
        guard let issued = question.caller.issued else { return notLookedAt(.audience, question.caller) }
        let isForHub = issued.resources.isEmpty || issued.resources.contains { $0.isExactly(question.hub) }
        guard isForHub else {
            return .failed(.audience, .tokenForAnother, .isForOthers(issued.resources), flip: [.newTokenForHub])
        }
        return .passed(.audience, "The token is for this hub.")
    }

    /// RFC 9396 §3: what the details name counts within what the scopes allow; one of them has to cover the call.
    static func details(_ question: Question) -> Check {
        guard let issued = question.caller.issued else { return notLookedAt(.details, question.caller) }
        if case .page = question.need { return notLookedAt(.details, .nobody) }
        guard let details = issued.details else {
            return .passed(.details, "The token has no authorization details; its scopes say what it may do.")
        }
        let (method, path) = (question.method, question.path)
        guard let place = details.firstIndex(where: question.isCovered) else {
            return .failed(
                .details, .detailsMissing, .noDetailCovers(method: method, path: path),
                flip: [.coverByDetails(method: method, path: path)])
        }
        return .passed(.details, .detailCovers(place + 1, method: method, path: path))
    }
}

extension Question {
    /// The aliases through which the details let the caller run the action that is called; nil where none of them is
    /// about actions alone.
    var aliases: Set<String>? {
        let covering = caller.issued?.details?.filter(isCovered) ?? []
        guard !covering.isEmpty, covering.allSatisfy({ $0.kind == .action }) else { return nil }
        return Set(covering.compactMap(\.alias))
    }

    func isCovered(by detail: AuthorizationDetail) -> Bool {
        guard isHere(detail) else { return false }
        switch detail.kind {
        case .api:
            return CalledPath(path).map { detail.covers(method: method, path: $0, table: need.table) } ?? false
        case .action:
            guard case .operation("action.run", _) = need else { return false }
            return detail.actions.contains { path.isExactly("/api/linchpin/v1/actions/\($0)/run") }
        }
    }

    /// RFC 9396 §2.2: a detail with locations counts there alone.
    func isHere(_ detail: AuthorizationDetail) -> Bool {
        detail.locations.isEmpty || detail.locations.contains { $0.isExactly(hub) }
    }
}

extension AuthorizationDetail {
    /// Whether it names such a call of an API. `HEAD` counts as `GET`.
    func covers(method: String, path: CalledPath, table: String?) -> Bool {
        kind == .api && actions.contains(method == "HEAD" ? "GET" : method)
            && (datatypes.isEmpty || table.map { table in datatypes.contains { $0.isExactly(table) } } ?? false)
            && (paths.isEmpty || paths.contains { $0.covers(path) })
    }
}
