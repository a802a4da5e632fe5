import Core
import Keys
import Ports
import Synchronization

/// A provider of OAuth tokens, as small as it can be: it grants some scopes, keeps or replaces refresh tokens, and
/// answers out of turn where a test says so.
final class FakeProvider: OutboundCalling {
    /// One request as it came in.
    struct Request: Sendable {
        let path: String
        let form: [String: String]
        let headers: [(name: String, value: String)]
        let passage: Passage

        subscript(name: String) -> String? { form[name] }
        func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
    }

    struct State: Sendable {
        var granted = ["offline_access"]
        var rotates = false
        var endsIn: Int64? = 3_600
        var owner: String? = "svc-linchpin@example.org"
        var saysScope = true
        var givesRefreshToken = true
        /// Refuses the first request without a nonce.
        var wantsNonce = false
        var number = 0
        var refresh: String?
        var challenge: String?
        /// What is answered at the token endpoint instead, once each.
        var script: [Result<OutboundReply, OutboundFailure>] = []
        /// What is answered to questions about tokens instead, once each.
        var looks: [Result<OutboundReply, OutboundFailure>] = []
        var revocationStatus = 200
        var requests: [Request] = []
        /// How many requests at once have been there.
        var inside = 0
        var most = 0
    }

    let state = Mutex(State())
    private let pause: @Sendable () async -> Void

    /// - Parameter pause: what each request waits for.
    init(pause: @escaping @Sendable () async -> Void = { await Task.yield() }) { self.pause = pause }

    var requests: [Request] { state.withLock { $0.requests } }
    func count(_ grantType: String) -> Int { requests.count { $0["grant_type"] == grantType } }
    func set(_ change: @Sendable (inout State) -> Void) { state.withLock { change(&$0) } }

    func send(_ request: OutboundRequest) async throws(OutboundFailure) -> OutboundReply {
        let came = Self.read(request)
        state.withLock { state in
            state.requests.append(came)
            state.inside += 1
            state.most = max(state.most, state.inside)
        }
        for _ in 0..<20 { await pause() }
        defer { state.withLock { $0.inside -= 1 } }
        return try state.withLock { state -> Result<OutboundReply, OutboundFailure> in
            Self.answer(came, &state)
        }.get()
    }

    private static func read(_ request: OutboundRequest) -> Request {
        let body = request.sealedBody.map { $0.reveal { $0 } } ?? request.body ?? []
        var form: [String: String] = [:]
        do { for pair in try FormParameters(body).pairs { form[pair.name] = pair.value } } catch { form = [:] }
        let headers = request.headers.map { header in
            switch header.value {
            case .plain(let text): (name: header.name, value: text)
            case .secret(let prefix, let secret):
                (name: header.name, value: prefix + secret.reveal { String(decoding: $0, as: UTF8.self) })
            }
        }
        return Request(
            path: StrictURL(request.url)?.target ?? "", form: form, headers: headers, passage: request.passage)
    }

    private static func answer(_ request: Request, _ state: inout State) -> Result<OutboundReply, OutboundFailure> {
        if request.path.hasSuffix("/revoke") { return .success(.json(state.revocationStatus, JSONObject())) }
        if request.path.hasSuffix("/introspect"), !state.looks.isEmpty { return state.looks.removeFirst() }
        if request.path.hasSuffix("/introspect") || request.path.hasSuffix("/userinfo") {
            var body: JSONObject = ["active": true]
            body["username"] = state.owner.map { .string($0) }
            return .success(.json(200, body))
        }
        guard request.path.hasSuffix("/token") else { return .success(.json(200, ["ok": true])) }
        if !state.script.isEmpty { return state.script.removeFirst() }
        if state.wantsNonce, let proof = request.header("dpop"), !proof.isEmpty, !claims(proof).contains("nonce-1") {
            return .success(.json(400, ["error": "use_dpop_nonce"], [("dpop-nonce", "nonce-1")]))
        }
        return .success(token(request, &state))
    }

    private static func claims(_ proof: String) -> String {
        let parts = proof.split(separator: ".")
        return parts.count == 3 ? String(decoding: Base64URL.decode(String(parts[1])) ?? [], as: UTF8.self) : ""
    }

    private static func token(_ request: Request, _ state: inout State) -> OutboundReply {
        let asked = request["scope"]?.split(separator: " ").map(String.init)
        switch request["grant_type"] {
        case "authorization_code":
            let verifier = request["code_verifier"].map { Base64URL.encode(Hashing.sha256(Array($0.utf8))) }
            guard request["code"] == "code-1", verifier == state.challenge else {
                return .json(400, ["error": "invalid_grant", "error_description": "PKCE verification failed."])
            }
        case "refresh_token":
            guard let refresh = state.refresh, request["refresh_token"] == refresh else {
                state.refresh = nil
                return .json(400, ["error": "invalid_grant"])
            }
            // As Okta does it, with an error of its own.
            guard asked?.allSatisfy(state.granted.contains) ?? true else {
                return .json(
                    400,
                    [
                        "error": "access_denied",
                        "error_description": "Some of the scopes requested for the refresh request were not granted",
                    ])
            }
        case "client_credentials", "urn:ietf:params:oauth:grant-type:jwt-bearer": break
        default: return .json(400, ["error": "unsupported_grant_type"])
        }
        state.number += 1
        var body: JSONObject = ["access_token": .string("access-\(state.number)"), "token_type": "Bearer"]
        if request.header("dpop") != nil { body["token_type"] = "DPoP" }
        body["expires_in"] = state.endsIn.map { .int($0) }
        if state.saysScope { body["scope"] = .string(state.granted.joined(separator: " ")) }
        let brings = request["grant_type"] == "authorization_code" && state.givesRefreshToken
        if brings || state.rotates && request["grant_type"] == "refresh_token" {
            state.refresh = "refresh-\(state.number)"
        }
        if request["grant_type"] != "client_credentials" { body["refresh_token"] = state.refresh.map { .string($0) } }
        return .json(200, body)
    }
}

extension OutboundReply {
    static func json(
        _ status: Int, _ body: JSONObject, _ headers: [(name: String, value: String)] = []
    ) -> OutboundReply {
        OutboundReply(
            status: status, headers: [("content-type", "application/json")] + headers, body: JSON.object(body).bytes)
    }

    static func page(_ status: Int, _ text: String = "<html></html>") -> OutboundReply {
        OutboundReply(status: status, headers: [("content-type", "text/html")], body: Array(text.utf8))
    }
}
