import ArgumentParser
import Core
import Hub

enum RegistrationTokenNoun: Noun {
    static let name = "registration token"
    static let path = "/registration-tokens"
    static let columns: [Column] = ["name", "user_name", "scopes", "uses_left", "until"]
}

/// `linchpin registration-token …`
struct RegistrationTokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "registration-token", abstract: "Tokens by which applications register themselves.",
        subcommands: [
            Create.self, ListCommand<RegistrationTokenNoun>.self, DeleteCommand<RegistrationTokenNoun>.self,
        ])

    struct Create: Act {
        static let configuration = CommandConfiguration(
            commandName: "create", abstract: "Make one; it is shown once, here.")
        @Argument(help: "A unique name, such as whom it is for.") var name: String
        @Option(help: "The application user of clients that register by it.") var user: String
        @Option(name: .customLong("scope"), help: "An auth scope that they may hold; repeat.") var scopes: [String] = []
        @Option(name: .customLong("grant"), help: "A grant type that they may have; repeat.") var grants: [String] = []
        @Option(help: "How many may register; one if left out.") var uses: Int64?
        @Option(help: "When it stops working; after a day if left out.") var until: String?
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            var body = Body()
            body.set("name", name)
            body.set("user", user)
            body.set("scopes", .array(scopes.map { .string($0) }))
            body.set("grants", grants)
            body.set("uses", uses)
            body.set("until", until)
            return try await hub.call("POST", RegistrationTokenNoun.path, body.json)
        }

        func done(_ answer: JSON) -> String {
            let isOpen = answer["open"] == true
            return "registration_token \(Show.text(answer["registration_token"] ?? .null))  shown once: keep it now\n"
                + "until \(Show.text(answer["until"] ?? .null))"
                + (isOpen ? "" : "\nThe hub takes no registrations yet. Start it with LINCHPIN_REGISTRATION=true.")
        }
    }
}
