import Core
import Hub
import Keys

extension CredentialReader {
    /// The session cookie, on pages and administrative operations only: records and OAuth never see one.
    static let sessionCookie = CredentialReader { request, surface, site in
        guard surface == .page || surface == .problem, request.headers.contains(where: { $0.name == "cookie" }) else {
            return nil
        }
        let site = site()
        let found = site.sessionCookies(request.headers)
        guard let secret = found.first else { return nil }
        // Two cookies of one name: somebody else planted one, and no browser says which.
        guard found.count == 1 else { return .unreadable(reason: "there are several session cookies") }
        let isUnattended = request.headers.contains { $0.name == "x-unattended" }
        return .session(
            secret, isForeign: request.isUnsafe && !site.isOwn(request.headers, host: request.host),
            isUnattended: isUnattended)
    }
}

extension Pipeline.Incoming {
    /// Whether it may change something (RFC 9110 §9.2.1).
    var isUnsafe: Bool { method != "GET" && method != "HEAD" }
}

/// The hub as browsers see it: which origin is its own, and how its cookie is called.
struct Site: Sendable {
    /// Where the hub is reached.
    let url: String
    private let origin: String
    private let scheme: String

    /// - Parameter url: where browsers reach the hub, such as `https://hub.example.org`.
    init(url: String) {
        self.url = url
        let parts = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        scheme = parts.first.map { String($0.dropLast()).lowercased() } ?? ""
        origin = parts.prefix(3).joined(separator: "/").lowercased()
    }

    /// Over TLS no other host and no plain connection can set a cookie of this name (RFC 6265bis §4.1.3.2). On plain
    /// loopback browsers would refuse that name.
    var cookieName: String { isSecure ? "__Host-linchpin" : "linchpin-loopback" }
    var isSecure: Bool { scheme == "https" }

    /// The secrets of all session cookies (RFC 6265 §4.2.1).
    func sessionCookies(_ headers: [(name: String, value: String)]) -> [Secret] {
        headers.filter { $0.name == "cookie" }.flatMap { $0.value.split(separator: ";") }.compactMap { pair in
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 2, String(halves[0]).trimmed == cookieName else { return nil }
            return Secret(String(halves[1]).trimmed)
        }
    }

    /// The header that begins or ends the browser's session; nil keeps it.
    ///
    /// No Max-Age: the browser forgets it when it closes, and the hub decides how long it counts.
    func setCookie(_ change: SessionChange) -> String? {
        let attributes = "Path=/; HttpOnly; SameSite=Lax" + (isSecure ? "; Secure" : "")
        return switch change {
        case .keep: nil
        case .begin(let secret):
            secret.reveal { "\(cookieName)=\(String(decoding: $0, as: UTF8.self)); \(attributes)" }
        case .end: "\(cookieName)=; Max-Age=0; \(attributes)"
        }
    }

    /// Whether a browser says that a page of ours sent the request. A request that says nothing is not ours.
    ///
    /// Sec-Fetch-Site (Fetch Metadata §2.3) and Origin (RFC 6454 §7): at least one is there, and none says otherwise.
    ///
    /// - Parameter host: what the request calls this server: another of its names, when the page was opened by it.
    func isOwn(_ headers: [(name: String, value: String)], host: String?) -> Bool {
        let sites = headers.filter { $0.name == "sec-fetch-site" }.map(\.value)
        let origins = headers.filter { $0.name == "origin" }.map { $0.value.lowercased() }
        guard !sites.isEmpty || !origins.isEmpty, sites.count <= 1, origins.count <= 1 else { return false }
        let own = [origin] + (host.map { ["\(scheme)://\($0.lowercased())"] } ?? [])
        return sites.allSatisfy { $0 == "same-origin" } && origins.allSatisfy(own.contains)
    }

    /// Checks the CSRF token of a request that a session sends and that may change something; the header, or on a page
    /// the form's field.
    ///
    /// Throws `HubError` of kind `forbidden`.
    static func checkToken(_ request: WebRequest, _ form: [(name: String, value: String)], of session: Secret) throws {
        let sent = request.values("x-csrf-token") + form.filter { $0.name == PageSession.csrfField }.map(\.value)
        guard let token = sent.first else {
            throw HubError(
                .forbidden, "csrf_missing", "The form came without its token. Open the page again and repeat.")
        }
        guard sent.count == 1, CSRFToken.matches(token, session: session) else {
            throw HubError(
                .forbidden, "csrf_wrong",
                "The form is of another session. Open the page again and repeat.")
        }
    }
}
