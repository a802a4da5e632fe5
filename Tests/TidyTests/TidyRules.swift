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

/// A folder whose files each hold one more of a kind, and the file that lists them.
struct KindList: Sendable {
    let folder: String
    let list: String
    /// A file there that is neither one of the kind nor the list.
    var except = ""
}

/// The rules that no compiler keeps, as data. `breaches` reads one file as text.
enum TidyRules {
    static let fileLinesMost = 400
    static let functionLinesMost = 70

    static let bans = [
        Ban(text: "Date()", instead: "the `now` you were given", allowed: ["Sources/Hub/Running/LiveEffects.swift"]),
        Ban(text: "UUID()", instead: "ID.new(effects)"),
        Ban(text: "SystemRandomNumberGenerator", instead: "Effects.randomBytes"),
        Ban(
            text: "getentropy", instead: "Effects.randomBytes", allowed: ["Sources/Hub/Running/LiveEffects.swift"]),
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

    /// Where a secret's bytes may come out. One more file is one more line, and a reviewer who asks why.
    static let revealers: Set<String> = [
        "Sources/Core/Secret.swift",
        // Primitives.
        "Sources/Keys/Derivation.swift", "Sources/Keys/Hashing.swift", "Sources/Keys/MachineSecret.swift",
        "Sources/Keys/PasswordHasher.swift", "Sources/Keys/SealingKey.swift", "Sources/Keys/SigningKey.swift",
        "Sources/Keys/JOSE/JWSPrivateKey.swift", "Sources/Keys/CertificateChain.swift",
        // Bytes are judged or made, and go on as a Secret or a hash.
        "Sources/Hub/Configuration/MasterKey.swift", "Sources/Hub/Deciding/Gatekeeper.swift",
        "Sources/Identity/SecondFactor/TOTP.swift", "Sources/Identity/SecondFactor/RecoveryCodes.swift",
        "Sources/Hub/Network/TrialCertificate.swift",
        "Sources/Identity/SignIn/Passwords.swift", "Sources/OAuthServer/Registry/RevokeOperations.swift",
        "Sources/OAuthServer/Tokens/AccessToken.swift", "Sources/Spokes/Model/SSWS.swift",
        "Sources/Spokes/Model/Authentication.swift", "Sources/Spokes/Proving/AdministratorToken.swift",
        "Sources/Vault/Credentials/SecretKind.swift", "Sources/Vault/Secrets/Envelope.swift",
        // Bytes leave: to a socket, or to the caller for whom they were made.
        "Sources/Flows/Running/ValueSeal.swift", "Sources/Hub/Demo/DemoPlay.swift", "Sources/Hub/Demo/DemoSetUp.swift",
        "Sources/Console/FactorBlocks.swift", "Sources/Hub/Operations/SignInLink.swift",
        "Sources/Hooks/Configuration/HookActs.swift", "Sources/OAuthServer/Authorize/AnswerAddress.swift",
        "Sources/Hub/Pages/PageReply.swift", "Sources/OAuthServer/Pushed/PushedRequest.swift",
        "Sources/OAuthServer/Endpoint/Issue.swift", "Sources/OAuthServer/Registry/SecretOperations.swift",
        "Sources/OAuthServer/Devices/DeviceEndpoint.swift", "Sources/OAuthServer/Grants/Implicit.swift",
        "Sources/OAuthServer/Registration/RegistrationEndpoint.swift",
        "Sources/OAuthServer/Registration/RegistrationTokenOperations.swift",
        "Sources/Outbound/RequestHeaders.swift", "Sources/Outbound/OutboundClient.swift",
        "Sources/Outbound/Passages.swift",
        "Sources/Vault/Custody/Wire/TokenSet.swift", "Sources/StoragePostgres/PostgresConnector.swift",
        "Sources/Web/Pipeline/Sessions.swift", "Sources/OktaSandbox/Administration/CreateApp.swift",
        "Sources/linchpin/Commands/SandboxCommand.swift", "Sources/linchpin/HubCommand.swift",
    ]

    /// Where SQL may be put together: the schema renderer and Records' one statement builder.
    static let sqlBuilders: Set<String> = [
        "Sources/Storage/Schema.swift", "Sources/Storage/PartitionSteps.swift",
        "Sources/Records/Query/StatementBuilder.swift",
        "Sources/StoragePostgres/PostgresDatabase.swift",
    ]

    /// Files that stand in such a folder and are not one of the kind.
    static let kindLists = [
        KindList(
            folder: "Sources/OAuthServer/Grants/", list: "Sources/OAuthServer/Grants/GrantTypes.swift"),
        KindList(folder: "Sources/Spokes/Kinds/", list: "Sources/Spokes/Kinds/ActionKind.swift"),
        KindList(folder: "Sources/Hub/Doctor/Checks/", list: "Sources/Hub/Doctor/DoctorCheck.swift"),
        KindList(
            folder: "Sources/Console/Nouns/", list: "Sources/Console/Nouns/Nouns.swift",
            except: "Sources/Console/Nouns/Noun.swift"),
        KindList(folder: "Sources/Console/Screens/", list: "Sources/Console/Screens/Screen.swift"),
    ]

    static let owners = [
        Owner(module: "Crypto", targets: ["Keys"]),
        Owner(module: "CryptoExtras", targets: ["Keys"]),
        Owner(module: "X509", targets: ["Keys"]),
        Owner(module: "SwiftASN1", targets: ["Keys"]),
        Owner(module: "GRDB", targets: ["StorageSQLite"]),
        Owner(module: "CLibPQ", targets: ["StoragePostgres"]),
        Owner(module: "AsyncHTTPClient", targets: ["Outbound"]),
        Owner(module: "Hummingbird", targets: ["Web"]),
        Owner(module: "HummingbirdCore", targets: ["Web"]),
        Owner(module: "NIOCore", targets: ["Web", "Outbound"]),
        Owner(module: "NIOPosix", targets: ["Web", "Outbound"]),
        Owner(module: "NIOHTTP2", targets: ["Web"]),
        Owner(module: "NIOHTTPTypesHTTP1", targets: ["Web"]),
        Owner(module: "NIOHTTPTypesHTTP2", targets: ["Web"]),
        Owner(module: "NIOSSL", targets: ["Web", "Outbound"]),
        Owner(module: "Yams", targets: ["Documents"]),
        Owner(module: "Mustache", targets: ["Console"]),
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
            "Identity", "Access", "OAuthServer", "Records", "Vault", "Spokes", "Flows", "Hooks", "Monitoring",
            "OktaSandbox",
        ],
        ["Hub"],
        ["Web", "Console"],
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
            found += secrets(code(of: line), path: path).map { "\(place): \($0)" }
            found += builtSQL(code(of: line), path: path).map { "\(place): \($0)" }
            found += imports(line, path: path).map { "\(place): \($0)" }
            if line.contains("RFC "), !citesSection(line, next: index + 1 < lines.count ? lines[index + 1] : "") {
                found.append("\(place): an RFC is named without its section (§)")
            }
        }
        found += interpolatedLogs(lines).map { "\(path):\($0)" }
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

    private static func secrets(_ code: String, path: String) -> [String] {
        guard path.hasPrefix("Sources/"), code.contains(".reveal"), !revealers.contains(path) else { return [] }
        return ["a secret is revealed; hand the Secret on, or add the file to TidyRules.revealers with the reason"]
    }

    /// A string that begins a statement and holds an interpolation.
    private static func builtSQL(_ code: String, path: String) -> [String] {
        guard path.hasPrefix("Sources/"), !sqlBuilders.contains(path), code.contains("\\(") else { return [] }
        let begins = [
            "\"SELECT ", "\"INSERT INTO ", "\"UPDATE ", "\"DELETE FROM ", "\"WITH ", "\"CREATE ", "\"ALTER TABLE ",
            "\" WHERE ", "\" ORDER BY ",
        ]
        guard let start = begins.compactMap({ code.range(of: $0)?.upperBound }).min() else { return [] }
        return isInterpolated(code[start...]) ? ["SQL is put together; use a literal with $1, $2"] : []
    }

    /// Whether a string holds an interpolation; the text begins behind its opening quote.
    private static func isInterpolated(_ text: Substring) -> Bool {
        var rest = text
        while let character = rest.popFirst(), character != "\"" {
            if character == "\\", rest.popFirst() == "(" { return true }
        }
        return false
    }

    private static let logCalls = ["trace", "debug", "info", "notice", "warning", "error", "critical"]
        .map { "logger.\($0)(" }

    /// The message is the first argument; it may stand on the next line. Data belongs in the metadata.
    private static func interpolatedLogs(_ lines: [String]) -> [String] {
        lines.indices.compactMap { index in
            let line = code(of: lines[index])
            guard let call = logCalls.compactMap({ line.range(of: $0) }).first else { return nil }
            var rest = line[call.upperBound...].drop { $0 == " " }
            if rest.isEmpty, index + 1 < lines.count { rest = lines[index + 1].drop { $0 == " " } }
            guard rest.popFirst() == "\"" else { return "\(index + 1): a log message must be a literal" }
            return isInterpolated(rest)
                ? "\(index + 1): a log message is constant; put data into its metadata" : nil
        }
    }

    /// The files of a folder of kinds that its list does not name. `files` are all files with their texts.
    static func unlisted(_ files: [(path: String, text: String)]) -> [String] {
        kindLists.flatMap { kinds -> [String] in
            guard let list = files.first(where: { $0.path == kinds.list }) else { return ["\(kinds.list) is missing"] }
            let listed = members(of: list.text)
            return files.filter { $0.path.hasPrefix(kinds.folder) && ![kinds.list, kinds.except].contains($0.path) }
                .compactMap { file in
                    let name = String(file.path.dropFirst(kinds.folder.count).dropLast(".swift".count))
                    let member = name.prefix(1).lowercased() + name.dropFirst()
                    // `.clock` stands for ClockCheck.swift, `PollKind.self` for PollKind.swift.
                    // `.jwtBearer` for JWTBearer.swift.
                    let isListed =
                        listed.contains { $0.lowercased() == name.lowercased() }
                        || listed.contains { !$0.isEmpty && "\($0)Check" == member }
                    return isListed ? nil : "\(file.path) does not stand in \(kinds.list)"
                }
        }
    }

    /// The names in the array `all` of a list, from its opening bracket to its closing one.
    private static func members(of text: String) -> Set<String> {
        guard let start = text.range(of: "static let all"),
            let open = text.range(of: "= [", range: start.upperBound..<text.endIndex),
            let close = text.range(of: "]", range: open.upperBound..<text.endIndex)
        else { return [] }
        return Set(
            text[open.upperBound..<close.lowerBound].split { ", \n".contains($0) }.map { member in
                member.hasSuffix(".self") ? String(member.dropLast(5)) : String(member.drop { $0 == "." })
            })
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
