import Core

extension OktaOrg {
    /// What goes wrong on purpose, once.
    public struct Fault: Sendable, Equatable {
        enum Kind: Sendable, Equatable {
            case status(Int)
            case hangBefore
            case hangAfter
            case delay(Int64)
            case html(Int)
            case drop
        }

        let kind: Kind
        /// Which requests it waits for: those whose path begins so. Every request when it is empty.
        public var path = ""

        /// Answers that status and does nothing.
        public static func status(_ status: Int) -> Fault { Fault(kind: .status(status)) }
        /// Does nothing and never answers.
        public static let hangBefore = Fault(kind: .hangBefore)
        /// Does it and never answers.
        public static let hangAfter = Fault(kind: .hangAfter)
        /// Does it and answers so many milliseconds later.
        public static func delay(milliseconds: Int64) -> Fault { Fault(kind: .delay(milliseconds)) }
        /// Answers that status with a page of HTML, as a proxy in front of an org does, and does nothing.
        public static func html(_ status: Int) -> Fault { Fault(kind: .html(status)) }
        /// Does it and breaks the connection off without an answer.
        public static let drop = Fault(kind: .drop)

        /// The same fault of requests whose path begins so.
        public func on(_ path: String) -> Fault {
            var fault = self
            fault.path = path
            return fault
        }
    }

    /// Takes the first fault that the request fits.
    mutating func takeFault(_ path: String) -> Fault? {
        guard let index = faults.firstIndex(where: { path.hasPrefix($0.path) }) else { return nil }
        return faults.remove(at: index)
    }
}

extension OktaOrg.Fault {
    private static let page: HTML = """
        <!doctype html>
        <html><head><title>Error</title></head><body><h1>The site is down for maintenance</h1></body></html>
        """

    /// The answer of a request that is not to be done; nil for one that is.
    func early() throws(OktaError) -> SandboxReply? {
        switch kind {
        case .status(let status): throw .fault(status)
        case .hangBefore: SandboxReply(status: 204)
        case .html(let status):
            SandboxReply(
                status: status, headers: [("Content-Type", "text/html; charset=utf-8")],
                body: Array(Self.page.text.utf8))
        case .hangAfter, .delay, .drop: nil
        }
    }

    /// Makes the answer late, or keeps it back.
    func bend(_ reply: inout SandboxReply) {
        switch kind {
        case .hangBefore, .hangAfter: reply.hangs = true
        case .delay(let milliseconds): reply.delayMilliseconds = milliseconds
        case .drop: reply.drops = true
        case .status, .html: break
        }
    }
}
