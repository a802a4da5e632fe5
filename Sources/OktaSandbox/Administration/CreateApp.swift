import Core
import Keys

/// `POST /api/v1/apps`: an application that speaks OpenID Connect.
///
/// Deviation: Okta makes applications of many kinds; here `signOnMode` must be OPENID_CONNECT.
enum CreateApp {
    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let body = try call.object()
        guard body["signOnMode"] == "OPENID_CONNECT" else {
            throw .validation("signOnMode", "signOnMode: The sandbox makes applications of OPENID_CONNECT only.")
        }
        guard let label = body["label"]?.string, !label.isEmpty else {
            throw .validation("label", "label: The field cannot be left blank")
        }
        let draft = try draft(label, body, &org)
        let id = org.dice.id("0oa")
        let app = App(
            id: id, name: "oidc_client", label: label, signOnMode: "OPENID_CONNECT",
            created: call.now, status: .active, lastUpdated: call.now,
            client: try OAuthClient(draft, of: id, at: call.now))
        org.apps.append(app)
        org.note("application.lifecycle.create", "Create an application", [.app(app)], call)
        return .json(app.json(baseURL: org.baseURL, showsSecret: true))
    }

    private static func draft(
        _ label: String, _ body: JSONObject, _ org: inout OktaOrg
    ) throws(OktaError) -> AppDraft {
        let settings = body["settings"]?["oauthClient"] ?? [:]
        let kind = settings["application_type"]?.string ?? "web"
        let sent = body["credentials"]?["oauthClient"]
        let method = sent?["token_endpoint_auth_method"]?.string ?? (kind == "web" ? "client_secret_basic" : "none")
        let hasSecret = method == "client_secret_basic" || method == "client_secret_post"
        var draft = AppDraft(
            label: label, kind: kind, method: method,
            secret: hasSecret ? Secret(sent?["client_secret"]?.string ?? org.oauth.newText("")) : nil,
            grantTypes: try texts("grant_types", settings) ?? ["authorization_code"])
        draft.redirectURIs = try texts("redirect_uris", settings) ?? []
        draft.keys = settings["jwks"] ?? draft.keys
        draft.requiresPKCE = sent?["pkce_required"]?.bool ?? (method == "none")
        draft.requiresDPoP = settings["dpop_bound_access_tokens"]?.bool ?? false
        draft.requiresConsent = settings["consent_method"] != "TRUSTED"
        if let refresh = settings["refresh_token"], refresh["rotation_type"] == "ROTATE" {
            draft.rotationGraceSeconds = refresh["leeway"]?.int ?? 30
        } else if kind == "browser", settings["refresh_token"] == nil {
            draft.rotationGraceSeconds = 30
        }
        return draft
    }

    private static func texts(_ name: String, _ object: JSON) throws(OktaError) -> [String]? {
        guard let value = object[name] else { return nil }
        guard let items = value.array, items.allSatisfy({ $0.string != nil }) else {
            throw .validation(name, "\(name): Does not match required type")
        }
        return items.compactMap(\.string)
    }
}

extension OAuthClient {
    /// As `credentials.oauthClient` shows it.
    func credentials(of app: App, showsSecret: Bool) -> JSONObject {
        var credentials: JSONObject = [
            "client_id": .string(app.id), "token_endpoint_auth_method": .string(method.rawValue),
            "autoKeyRotation": true, "pkce_required": .bool(requiresPKCE),
        ]
        if showsSecret, let secret = secrets.first?.secret {
            credentials["client_secret"] = .string(secret.reveal { String(decoding: $0, as: UTF8.self) })
        }
        return credentials
    }

    /// As `settings.oauthClient` shows it.
    var settings: JSON {
        let refresh: JSON =
            switch rotation {
            case .persistent: ["rotation_type": "STATIC", "leeway": 0]
            case .rotating(let seconds): ["rotation_type": "ROTATE", "leeway": .int(seconds)]
            }
        return [
            "application_type": .string(kind.rawValue),
            "grant_types": .array(grants.map { .string($0.rawValue) }),
            "redirect_uris": .texts(redirectURIs),
            "response_types": grants.contains(.code) ? ["code"] : ["token"],
            "consent_method": requiresConsent ? "REQUIRED" : "TRUSTED",
            "dpop_bound_access_tokens": .bool(requiresDPoP), "refresh_token": refresh,
            "jwks": JWKSet(publishing: keys.map(\.key)).json,
        ]
    }
}
