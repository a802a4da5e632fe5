import Core
import Hub
import Ports

/// Where somebody proves again who is at the session, before something dangerous, and is led back.
struct ProofPages: Sendable {
    let frame: Frame

    var all: [Page] {
        [
            Page("GET", Self.place.text, name: "console.prove-again", need: .signedIn) { request in
                .html(try await form(request, next: request.query("next") ?? ""))
            },
            Page("POST", Self.place.text, name: "console.prove-again.send", need: .signedIn) { request in
                let next = request.form("next") ?? ""
                do {
                    try await request.proveAgain(by: Secret(request.form("proof") ?? ""))
                    return .redirect(to: next)
                } catch let error as HubError where [.unauthenticated, .tooManyRequests].contains(error.kind) {
                    return .html(try await form(request, next: next, problem: error), status: error.kind.status)
                }
            },
        ]
    }

    private static let place = Path("prove-again")

    /// The way there from a visit that needs a proof, and back with what its form held: all but secrets, and nothing where
    /// that does not fit into an address.
    static func place(from visit: Visit) -> Path {
        let secrets = Set(visit.operations.flatMap(\.fields).filter(\.isSecret).map(\.name))
        let kept = visit.form.filter { !secrets.contains($0.name) && !$0.value.isEmpty }
        let whole = Path(visit.segments, query: visit.query + kept)
        let back = whole.text.utf8.count <= Limits.targetBytes.value / 4 ? whole : Path(visit.segments)
        return Path(["prove-again"], query: [("next", back.text)])
    }

    private func form(_ request: PageRequest, next: String, problem: HubError? = nil) async throws -> String {
        let visit = try Visit(request, ["prove-again"]).found()
        let hasFactor = try await request.secondFactor().since != nil
        var proof = Input(.line, "proof", hasFactor ? "Code" : "Password")
        proof.isRequired = true
        (proof.type, proof.autocomplete) = hasFactor ? ("text", "one-time-code") : ("password", "current-password")
        var form = FormView(action: Self.place, csrf: visit.csrf, submit: "Go on", cancel: Path("overview"))
        form.fields = [proof]
        form.hidden = [.init(name: "next", text: next)]
        form.problem = problem.map { .init(sentence: $0.message, field: .init(id: proof.id)) }
        return try frame.page(
            Content(
                "Is it still you?",
                says: hasFactor
                    ? "What comes next is dangerous. Type a code of your authenticator app, or a recovery code."
                    : "What comes next is dangerous. Type your password; without one, sign out and in by another link.",
                [.form(form)]), for: visit)
    }
}

extension Frame {
    /// The answer to a visit; where a proof is needed first, the way to it.
    func reply(to visit: Visit, _ run: () async throws -> Outcome) async throws -> PageReply {
        do {
            switch try await run() {
            case .done(let path): return .redirect(to: path.text)
            case .page(let content, let status): return .html(try page(content, for: visit), status: status)
            }
        } catch let error as HubError where error.reason == Operation.proofNeeded.reason {
            return .redirect(to: ProofPages.place(from: visit).text)
        }
    }
}
