import Foundation

/// A way of writing that is not allowed, what to write instead, and where alone it may stand.
struct Ban: Sendable {
    let text: String
    let instead: String
    var allowed: [String] = []
}

/// A library and the targets that own it.
struct Owner: Sendable {
    let module: String
    let targets: Set<String>
}

/// The rules that no compiler keeps, as data. `breaches` reads one file as text.
enum TidyRules {
    static let fileLinesMost = 400
    static let functionLinesMost = 70

    static let bans = [
        Ban(text: "Date()", instead: "the `now` you were given", allowed: ["Sources/Hub/Running/LiveEffects.swift"]),
        Ban(text: "UUID()", instead: "ID.new(effects)"),
        Ban(
            text: "SystemRandomNumberGenerator", instead: "Effects.randomBytes",
            allowed: ["Sources/Hub/Running/LiveEffects.swift"]),
        Ban(text: ".random(in", instead: "Effects.randomBytes"),
        Ban(text: "Task.sleep", instead: "Effects.sleep", allowed: ["Sources/Hub/Running/LiveEffects.swift"]),
        Ban(text: "try!", instead: "try"),
        Ban(text: "as!", instead: "as? and an error"),
        Ban(text: "fatalError(", instead: "a thrown HubError"),
        Ban(text: "@unchecked Sendable", instead: "an actor, a Mutex, or a value"),
        Ban(text: "nonisolated(unsafe)", instead: "a Mutex"),
        Ban(text: "@preconcurrency import", instead: "a Sendable wrapper"),
        Ban(text: "print(", instead: "a returned value", allowed: ["Sources/linchpin/"]),
        Ban(text: "SQL(built:", instead: "a SQL literal", allowed: ["Sources/Records/", "Sources/Storage/"]),
        Ban(text: "TO" + "DO", instead: "the thing itself, or a line in Docs/STATUS.md"),
        Ban(text: "FIX" + "ME", instead: "the fix, before it lands"),
        Ban(text: "public" + "StatementArguments", instead: "nothing: it puts values into errors"),
    ]

    static let owners = [
        Owner(module: "Crypto", targets: ["Keys"]),
        Owner(module: "CryptoExtras", targets: ["Keys"]),
        Owner(module: "GRDB", targets: ["StorageSQLite"]),
        Owner(module: "CLibPQ", targets: ["StoragePostgres"]),
        Owner(module: "AsyncHTTPClient", targets: ["Outbound"]),
        Owner(module: "Hummingbird", targets: ["Web"]),
        Owner(module: "HummingbirdCore", targets: ["Web"]),
        Owner(module: "NIOCore", targets: ["Web", "Outbound"]),
        Owner(module: "NIOPosix", targets: ["Web", "Outbound"]),
        Owner(module: "NIOSSL", targets: ["Web", "Outbound"]),
        Owner(module: "Yams", targets: ["Documents"]),
        Owner(module: "ArgumentParser", targets: ["linchpin"]),
        Owner(module: "Configuration", targets: ["Hub", "linchpin"]),
        Owner(module: "JWTKit", targets: []),
    ]

    /// The floors of the design, lowest first. A target imports only lower ones.
    static let floors: [[String]] = [
        ["Core"],
        ["Keys"],
        ["AuditTrail", "Ports", "Documents"],
        ["Storage", "StorageSQLite", "StoragePostgres", "Outbound"],
        [
            "Identity", "Access", "OAuthServer", "Records", "Vault", "Spokes", "Flows", "Monitoring", "OktaSandbox",
        ],
        ["Hub"],
        ["Web"],
        ["linchpin"],
    ]

    /// Everything wrong with one source file; `path` is relative, such as `Sources/Vault/Vault.swift`.
    static func breaches(path: String, text: String) -> [String] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var found: [String] = []
        if lines.count > fileLinesMost { found.append("\(path) has \(lines.count) lines; split it by what it does") }
        for (index, line) in lines.enumerated() {
            let place = "\(path):\(index + 1)"
            found += banned(code(of: line), path: path).map { "\(place): \($0)" }
            found += imports(line, path: path).map { "\(place): \($0)" }
            if line.contains("RFC "), !citesSection(line, next: index + 1 < lines.count ? lines[index + 1] : "") {
                found.append("\(place): an RFC is named without its section (§)")
            }
        }
        return found + longFunctions(lines).map { "\(path):\($0)" }
    }

    private static func code(of line: String) -> String {
        guard let start = line.range(of: "//") else { return line }
        return String(line[..<start.lowerBound])
    }

    private static func banned(_ code: String, path: String) -> [String] {
        bans.filter { ban in code.contains(ban.text) && !ban.allowed.contains { path.hasPrefix($0) } }
            .map { "`\($0.text)` is banned; use \($0.instead)" }
    }

    private static func imports(_ line: String, path: String) -> [String] {
        let words = line.split(separator: " ")
        guard let position = words.firstIndex(of: "import"), position <= 1, words.count > position + 1,
            line.first?.isWhitespace == false, path.hasPrefix("Sources/")
        else { return [] }
        let module = String(words[position + 1])
        let target = String(path.split(separator: "/")[1])
        var found: [String] = []
        if let owner = owners.first(where: { $0.module == module }), !owner.targets.contains(target) {
            found.append("\(module) belongs to \(owner.targets.sorted().joined(separator: ", "))")
        }
        if let own = floor(of: target), let other = floor(of: module), other >= own {
            let isDriver = own == 3 && module == "Storage"
            if !isDriver { found.append("\(target) (floor \(own)) must not import \(module) (floor \(other))") }
        }
        return found
    }

    private static func floor(of module: String) -> Int? { floors.firstIndex { $0.contains(module) } }

    private static func citesSection(_ line: String, next: String) -> Bool {
        guard let mention = line.range(of: "RFC ") else { return true }
        let rest = String(line[mention.upperBound...])
        guard rest.first?.isNumber == true else { return true }
        return rest.contains("§") || (next.contains("//") && next.contains("§"))
    }

    /// `12: function has 80 lines` for each function over the bound. Relies on the formatter's closing braces.
    private static func longFunctions(_ lines: [String]) -> [String] {
        var found: [String] = []
        for (index, line) in lines.enumerated() {
            let trimmed = line.drop { $0 == " " }
            let isFunction = trimmed.contains("func ") || trimmed.hasPrefix("init(") || trimmed.contains(" init(")
            guard isFunction, !trimmed.hasPrefix("//"), !trimmed.hasSuffix("}") else { continue }
            let closing = String(repeating: " ", count: line.count - trimmed.count) + "}"
            guard let end = lines[index...].firstIndex(of: closing) else { continue }
            let length = end - index + 1
            if length > functionLinesMost { found.append("\(index + 1): function has \(length) lines") }
        }
        return found
    }
}
