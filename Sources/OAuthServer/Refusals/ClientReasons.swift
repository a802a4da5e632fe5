/// Before anything is granted: what is wrong with a request, and why nobody is proved by it.
struct ClientReasons: Sendable {
    let contentType = RefusalReason(
        "content_type_wrong", "The parameters came with another media type than a form's.",
        "Let the client send them as application/x-www-form-urlencoded.", "RFC 6749 §4.4.2")
    let form = RefusalReason(
        "form_unreadable", "The form can't be read, or a parameter is in it twice.",
        "Let the client send each parameter once, percent-encoded as forms are.", "RFC 6749 §3.2")
    let repeated = RefusalReason(
        "parameter_repeated", "A parameter that may come once came more than once.",
        "Let the client send it once.", "RFC 6749 §3.1")
    let twice = RefusalReason(
        "client_authentication_twice", "The client proved itself in more than one way at once.",
        "Let it send its credentials in the header or in the body, and not in both.", "RFC 6749 §2.3")
    let unauthenticated = RefusalReason(
        "client_credentials_missing", "A client that must prove itself sent nothing that does.",
        "Look how the client is to prove itself, and let it do so: linchpin client get NAME.", "RFC 6749 §3.2.1")
    let unreadable = RefusalReason(
        "client_credentials_unreadable", "The client credentials are not of the form that their scheme has.",
        "Let the client percent-encode id and secret before it joins them, or send a signed assertion with its type.",
        "RFC 6749 §2.3.1")
    let unknown = RefusalReason(
        "client_unknown", "The client_id is not that of a registered client.",
        "Compare the client's configuration with the registry: linchpin client list.", "RFC 6749 §5.2")
    let secretWrong = RefusalReason(
        "client_secret_wrong", "The secret is none of the client's, or works no more.",
        "See which secrets work, and until when: linchpin client get NAME.",
        "RFC 6749 §5.2")
    let certificateMissing = RefusalReason(
        "client_certificate_missing", "The client is proved by a certificate, and the connection showed none.",
        "Let the client connect to the TLS listener with its certificate and key.", "RFC 8705 §2")
    let certificateNeeded = RefusalReason(
        "client_certificate_needed", "The client is proved by a certificate alone, and sent a secret or an assertion.",
        "Let it leave these out, or take the certificate away: linchpin client update NAME --no-tls-client-auth.",
        "RFC 8705 §2")
    let authoritiesMissing = RefusalReason(
        "client_authorities_missing", "The client is proved by a certificate's name, and this hub trusts no authority.",
        "Set LINCHPIN_TLS_CLIENT_AUTHORITIES to a file with the authority, and start the hub anew.",
        "RFC 8705 §2.1")
    let inactive = RefusalReason(
        "client_inactive", "The client is switched off.",
        "Switch it on if it shall work: linchpin client update NAME --active true.")
    let tooManyFailures = RefusalReason(
        "client_failures_too_many", "Wrong credentials came for this client too often in a minute.",
        "Look at the requests before: linchpin log list --outcome refused.", "RFC 6749 §2.3.1")
    let tokenNeedsCertificate = RefusalReason(
        "token_needs_certificate", "The client's tokens are bound to its certificate, and the connection showed none.",
        "Let the client connect with its certificate, or unbind: linchpin client update NAME --tls-bound false.",
        "RFC 8705 §3")
    let grantTypeMissing = RefusalReason(
        "grant_type_missing", "The request names no grant_type.", "Let the client send grant_type.",
        "RFC 6749 §5.2")
    let grantTypeUnsupported = RefusalReason(
        "grant_type_unsupported", "The grant type is none that this hub offers.",
        "Let the client take one of grant_types_supported in the metadata document.", "RFC 6749 §5.2")
    let grantTypeNotAllowed = RefusalReason(
        "grant_type_not_allowed", "The client may not use this grant type.",
        "Name all that it shall use, those that it has too: linchpin client update NAME --grant TYPE.", "RFC 6749 §5.2")
    let tokenMissing = RefusalReason(
        "token_missing", "The request names no token to ask about or to revoke.", "Let the client send token.",
        "RFC 7662 §2.1")
    let introspectionNotAllowed = RefusalReason(
        "introspection_not_allowed", "A public client asked about a token.",
        "Let an API ask with a confidential client of its own.", "RFC 7662 §2.1")
}

/// What is the hub's own doing.
struct HubReasons: Sendable {
    let busy = RefusalReason(
        "store_busy", "The store could not answer in time.",
        "Let the client repeat the request, and look at the store if it stays so: linchpin doctor.")
    let broken = RefusalReason(
        "internal_error", "The hub met an error of its own.",
        "Look for the correlation id in the hub's log, which holds the details.")
}
