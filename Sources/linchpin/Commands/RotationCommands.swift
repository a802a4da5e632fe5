import ArgumentParser
import Core
import Hub

/// `linchpin credential add-successor …`: the steps of a rotation.
enum RotationCommands {
    /// What each step takes.
    struct Options: ParsableArguments {
        @Argument(help: "The credential, by name or id.") var name: String
        @OptionGroup var hub: HubOptions

        func take(_ step: String, _ hub: AdminClient, _ body: Body = Body()) async throws -> JSON {
            try await hub.call("POST", "/credentials/\(PercentEncoding.encode(name))/\(step)", body.json)
        }

        /// What was done, and what can be done next.
        func done(_ answer: JSON, _ what: String) -> String {
            let next = (answer.value(at: "/rotation/next")?.array ?? []).compactMap(\.string)
                .map { "linchpin credential \($0) \(name)\(hub.folder.words)" }.joined(separator: ", or ")
            let guide = (answer.value(at: "/rotation/guide")?.array ?? []).compactMap(\.string).map { "\n\($0)" }
                .joined()
            return "credential \(name): \(what)\(guide)\nnext: \(next)"
        }
    }

    struct AddSuccessor: Act {
        static let configuration = CommandConfiguration(
            commandName: "add-successor", abstract: "Seal a successor beside the secret in use.",
            discussion: "The secret is read from the terminal without echo, or from a pipe.")
        @OptionGroup var options: Options
        @Flag(help: "The successor is a private key of several lines.") var key = false
        @Option(help: "Of a key: the `kid` that the provider knows it by; the one of the key in use by default.")
        var keyId: String?
        @Option(help: "When the successor stops working at the provider, such as 2027-01-01T00:00:00Z.")
        var expiresAt: String?
        var hub: HubOptions { options.hub }

        func call(_ hub: AdminClient) async throws -> JSON {
            var body = Body()
            body.set("expires_at", expiresAt)
            body.set("key_id", keyId)
            body.set("secret", try Terminal.readSecret("Successor of \(options.name): ", lines: key))
            return try await options.take("add-successor", hub, body)
        }

        func done(_ answer: JSON) -> String { options.done(answer, "a successor is sealed; the secret in use stays") }
    }

    struct TestSuccessor: Act {
        static let configuration = CommandConfiguration(
            commandName: "test-successor", abstract: "Try the successor at the outside system, reading only.")
        @OptionGroup var options: Options
        @Option(help: "The connection through which it is tried; the first that uses it by default.")
        var connection: String?
        var hub: HubOptions { options.hub }

        func call(_ hub: AdminClient) async throws -> JSON {
            var body = Body()
            body.set("connection", connection)
            return try await options.take("test-successor", hub, body)
        }

        func done(_ answer: JSON) -> String { options.done(answer, "the successor works") }
    }

    struct Switch: Act {
        static let configuration = CommandConfiguration(
            commandName: "switch", abstract: "Put the successor to use; the old secret can be gone back to.")
        @OptionGroup var options: Options
        @Flag(help: "Switch though nobody knows whether it works.") var untested = false
        var hub: HubOptions { options.hub }

        func call(_ hub: AdminClient) async throws -> JSON {
            var body = Body()
            if untested { body.set("untested", true) }
            return try await options.take("switch", hub, body)
        }

        func done(_ answer: JSON) -> String { options.done(answer, "the successor is in use") }
    }

    struct GoBack: Act {
        static let configuration = CommandConfiguration(
            commandName: "go-back", abstract: "Put the old secret to use again.")
        @OptionGroup var options: Options
        var hub: HubOptions { options.hub }

        func call(_ hub: AdminClient) async throws -> JSON { try await options.take("go-back", hub) }
        func done(_ answer: JSON) -> String { options.done(answer, "the old secret is in use again") }
    }

    struct Retire: Act {
        static let configuration = CommandConfiguration(
            commandName: "retire", abstract: "Delete the old secret here, once it is revoked at the provider.")
        @OptionGroup var options: Options
        var hub: HubOptions { options.hub }

        func call(_ hub: AdminClient) async throws -> JSON { try await options.take("retire", hub) }
        func done(_ answer: JSON) -> String { "credential \(options.name): the old secret is deleted" }
    }

    struct DropSuccessor: Act {
        static let configuration = CommandConfiguration(
            commandName: "drop-successor", abstract: "Delete the successor; the secret in use stays.")
        @OptionGroup var options: Options
        var hub: HubOptions { options.hub }

        func call(_ hub: AdminClient) async throws -> JSON { try await options.take("drop-successor", hub) }
        func done(_ answer: JSON) -> String { "credential \(options.name): the successor is deleted" }
    }

    struct Rotate: Act {
        static let configuration = CommandConfiguration(
            commandName: "rotate",
            abstract: "Rotate the secret or key through its provider's API, as far as it can be gone now.",
            discussion: "Once more after the overlap, it retires the old secret there and here.")
        @OptionGroup var options: Options
        @Option(
            help: "The connection through which the provider is called; the one that the credential names by default.")
        var through: String?
        @Option(
            help:
                "How many seconds the old secret stays usable after the switch; a day by default, 0 retires it at once."
        )
        var overlapSeconds: Int64?
        @Flag(help: "Read an administrator's token from the terminal without echo, or from a pipe, for this run only.")
        var administratorToken = false
        var hub: HubOptions { options.hub }

        func call(_ hub: AdminClient) async throws -> JSON {
            var body = Body()
            body.set("through", through)
            body.set("overlap_seconds", overlapSeconds)
            try ProvingCommands.administratorToken(administratorToken, &body)
            return try await options.take("rotate", hub, body)
        }

        func done(_ answer: JSON) -> String {
            let steps = (answer["done"]?.texts ?? []).map { "\n\($0)" }.joined()
            return "credential \(options.name):\(steps)\nnext: \(answer["next"]?.string ?? "-")"
        }
    }
}
