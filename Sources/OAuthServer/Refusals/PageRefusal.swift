import Core

/// Why a person reads what is wrong on a page, and is not sent on to the application.
struct PageRefusal: Error, Sendable {
    let why: RefusalReason
    /// For the person.
    let error: HubError

    init(_ kind: HubError.Kind, _ why: RefusalReason, _ message: String) {
        self.why = why
        error = HubError(kind, why, message)
    }
}
