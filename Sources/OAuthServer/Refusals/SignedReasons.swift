import Keys

/// What is wrong with assertions, beside what anything signed can have.
struct SignedReasons: Sendable {
    let type = RefusalReason(
        "assertion_type", "The assertion's typ is that of another kind of token.",
        "Let the client leave typ out, or send JWT.", "RFC 8725 §3.11")
    let issuer = RefusalReason(
        "assertion_issuer", "The assertion's iss is not the client_id.", "Let the client send its client_id as iss.",
        "RFC 7523 §3")
    let subject = RefusalReason(
        "assertion_subject", "The assertion names no subject.", "Let the client send sub.", "RFC 7523 §3")
    let audience = RefusalReason(
        "assertion_audience", "The assertion is not for this hub alone.",
        "Let the client send the hub's issuer, as the metadata document has it, as the only aud.", "RFC 7523 §3")
    let idMissing = RefusalReason(
        "assertion_id_missing", "The assertion has no jti.", "Let the client send a new jti with each assertion.",
        "RFC 7523 §3")
    let used = RefusalReason(
        "assertion_used", "The assertion was used before.",
        "Let the client sign a new one for each request, and find out who repeated it if it does so already.",
        "RFC 7523 §3")
    let objectClient = RefusalReason(
        "request_object_client", "The request object's client_id is not that of the request.",
        "Let the client send the same client_id in both.", "RFC 9101 §6.3")
    let objectIssuer = RefusalReason(
        "request_object_issuer", "The request object's iss is not the client_id.",
        "Let the client send its client_id as iss, or leave iss out.", "RFC 9101 §4")
    let objectSubject = RefusalReason(
        "request_object_subject", "The request object's sub is the client_id, as in a proof of the client.",
        "Let the client leave sub out.", "RFC 9101 §10.8")
    let objectAudience = RefusalReason(
        "request_object_audience", "The request object is not for this hub alone.",
        "Let the client send the hub's issuer, as the metadata document has it, as the only aud.", "RFC 9101 §4")
    let objectNested = RefusalReason(
        "request_object_nested", "The request object holds request or request_uri.",
        "Let the client put the parameters themselves into it.", "RFC 9101 §4")
    let objectUnreadable = RefusalReason(
        "request_object_unreadable", "The request object holds what no query could hold, or too much.",
        "Let the client put nothing but parameters into it.", "RFC 9101 §4")
    let objectTooLong = RefusalReason(
        "request_object_too_long", "The request object is longer than the bound request_object_bytes.",
        "Let the client push it.", "RFC 9101 §5")
}

/// What a client signs with a registered key, beside proofs.
enum Signed: String, Sendable, CaseIterable {
    case assertion
    case requestObject = "request_object"

    fileprivate var word: String {
        switch self {
        case .assertion: "assertion"
        case .requestObject: "request object"
        }
    }
}

extension RefusalReason {
    /// A key of the client that was not found, or does not count.
    static func key(_ problem: KeyProblem, of signed: Signed) -> RefusalReason {
        let what = signed.word
        let (says, next) =
            switch problem {
            case .missing:
                (
                    "The client sent a signed \(what) and registered no key.",
                    "Register its public keys: linchpin client update NAME --keys FILE."
                )
            case .embedded:
                (
                    "The \(what) brings its own key along.",
                    "Let the client name a registered key by kid, and leave jwk out."
                )
            case .notNamed: ("The \(what) names no key.", "Let the client send the kid of the key in the header.")
            case .unknown:
                (
                    "The \(what) names a key that is not the client's.",
                    "Compare its kid with the registered keys: linchpin client get NAME."
                )
            case .unreachable:
                (
                    "The keys at the client's address can't be read.",
                    "See why the last fetch failed: linchpin log list --direction out."
                )
            case .certificateNotValid:
                (
                    "The certificate of the client's key is not valid now.",
                    "Register its successor: linchpin client update NAME --certificates FILE."
                )
            }
        let source = if problem == .embedded { "RFC 8725 §3.10" } else { "RFC 7515 §4.1.4" }
        return RefusalReason("\(signed.rawValue)_\(problem.rawValue)", says, next, source)
    }

    /// When it counts.
    static func time(_ problem: TimeProblem, of signed: Signed) -> RefusalReason {
        let what = signed.word
        let (says, next) =
            switch problem {
            case .endMissing: ("The \(what) has no end.", "Let the client send exp, in seconds since 1970.")
            case .ended:
                (
                    "The \(what) has ended.",
                    "Let the client sign just before it sends, and compare its clock with the hub's."
                )
            case .endTooFar: ("The \(what) would count for too long.", "Let the client send an earlier exp.")
            case .notYet:
                ("The \(what) does not count yet.", "Compare the client's clock with the hub's.")
            }
        return RefusalReason("\(signed.rawValue)_\(problem.rawValue)", says, next, "RFC 7519 §4.1")
    }

    private static let names = Assertion.algorithmNames.joined(separator: ", ")

    /// An assertion or a request object that is no JWS to rely on. The sentences cite their own sections.
    static func jws(_ problem: JWSProblem) -> RefusalReason {
        let next =
            switch problem {
            case .signatureWrong:
                "Compare the key that the client signs with and the registered ones: linchpin client get NAME."
            case .algorithmMissing, .algorithmUnknown, .algorithmNotAllowed, .algorithmDoesNotFitKey:
                "Let the client sign by the one of \(names) that fits its key."
            case .wrongType: "Let the client send the typ of what it signs, or none."
            case .tooLong, .notCompact, .notBase64URL, .headerUnreadable, .headerMember, .criticalExtension,
                .unencodedPayload, .embeddedKey, .claimsUnreadable:
                "Let the client build the JWT with a library for JWTs."
            }
        return RefusalReason(problem.rawValue, problem.description, next)
    }

    /// A DPoP proof that is no JWS to rely on.
    static func dpop(_ problem: JWSProblem) -> RefusalReason {
        let next =
            switch problem {
            case .signatureWrong: "Let the client sign its proof by the private key of the jwk in the proof's header."
            case .algorithmMissing, .algorithmUnknown, .algorithmNotAllowed, .algorithmDoesNotFitKey:
                "Let the client sign its proof by the one of \(names) that fits its key."
            case .wrongType: "Let the client send dpop+jwt as typ."
            case .tooLong, .notCompact, .notBase64URL, .headerUnreadable, .headerMember, .criticalExtension,
                .unencodedPayload, .embeddedKey, .claimsUnreadable:
                "Let the client build its DPoP proof with a library for DPoP."
            }
        return RefusalReason("dpop_" + problem.rawValue, problem.description, next)
    }

    /// A certificate that proves no client.
    static func certificate(_ problem: PeerCertificate.Problem) -> RefusalReason {
        let (says, next) =
            switch problem {
            case .unreadable: ("The client's certificate can't be read.", "Give the client an X.509 certificate.")
            case .notYet:
                ("The client's certificate does not count yet.", "Compare its issuer's clock with the hub's.")
            case .ended: ("The client's certificate has ended.", "Give the client the certificate's successor.")
            case .otherName:
                (
                    "The client's certificate has another name than the registered one.",
                    "Compare both names: linchpin client get NAME."
                )
            case .untrusted:
                (
                    "No authority that this hub trusts vouches for the client's certificate.",
                    "Let the client send the certificates between, or name the authority in LINCHPIN_TLS_CLIENT_AUTHORITIES."
                )
            case .unregistered:
                (
                    "The client's certificate is none of those registered for it.",
                    "Register it: linchpin client update NAME --tls-certificates FILE."
                )
            }
        return RefusalReason(problem.rawValue, says, next, "RFC 8705 §2")
    }
}

/// What is wrong with a DPoP proof, beside what anything signed can have.
struct ProofReasons: Sendable {
    let missing = RefusalReason(
        "dpop_missing", "The client gets bound tokens only, and sent no DPoP proof.",
        "Let it send one, or let it have others: linchpin client update NAME --requires-dpop false.", "RFC 9449 §5.2")
    let several = RefusalReason(
        "dpop_several", "There are several DPoP headers.", "Let the client send one.", "RFC 9449 §4.3")
    let nonce = RefusalReason(
        "dpop_nonce", "The DPoP proof has no nonce, or not the present one.",
        "Nothing, if the client's next request passes; else let it take the nonce of the header DPoP-Nonce.",
        "RFC 9449 §8")
    let used = RefusalReason(
        "dpop_used", "The DPoP proof was used before.",
        "Let the client make a new one for each request, and find out who repeated it if it does so already.",
        "RFC 9449 §11.1")
    let keyMissing = RefusalReason(
        "dpop_key_missing", "The DPoP proof holds no public key.", "Let the client send jwk in the header.",
        "RFC 9449 §4.2")
    let idMissing = RefusalReason(
        "dpop_id_missing", "The DPoP proof has no jti.", "Let the client send a new jti with each proof.",
        "RFC 9449 §4.2")
    let method = RefusalReason(
        "dpop_method", "The DPoP proof is for another method.", "Let the client send the request's method as htm.",
        "RFC 9449 §4.3")
    let url = RefusalReason(
        "dpop_url", "The DPoP proof is for another address.",
        "Let the client send as htu the address of the endpoint as the metadata document has it, and check the hub's "
            + "LINCHPIN_ISSUER.", "RFC 9449 §4.3")
    let age = RefusalReason(
        "dpop_age", "The DPoP proof was not made just now.", "Compare the client's clock with the hub's.",
        "RFC 9449 §4.3")
    let token = RefusalReason(
        "dpop_token", "The DPoP proof is for another access token.",
        "Let the client send the hash of the token as ath.", "RFC 9449 §4.3")
}
