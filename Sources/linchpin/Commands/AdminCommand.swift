import ArgumentParser
import Core
import Hub

/// `linchpin admin …`
struct AdminCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "admin", abstract: "Administrators.", subcommands: [Create.self, Link.self])

    /// Works on the files of a hub that is stopped: whoever may read the data folder may do this.
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create", abstract: "Make an administrator, while the hub is stopped.",
            discussion: "The password is read from the terminal without echo, or from a pipe; it is printed nowhere.")
        @Argument(help: "A unique name.") var name: String
        @OptionGroup var data: DataOption

        func run() async throws {
            try await Terminal.explaining(data) {
                let configuration = try await Startup.configuration(data: data.data, port: nil)
                let hub = try await Hub.open(configuration, effects: .live(), logger: Startup.logger)
                do {
                    try await hub.createAdmin(name: name, password: try Terminal.readSecret("Password of \(name): "))
                } catch {
                    await hub.close()
                    throw error
                }
                await hub.close()
                Terminal.say(
                    "\(name) is an administrator of \(configuration.data). Start the hub: linchpin serve\(data.words)")
            }
        }
    }

    struct Link: Act {
        static let configuration = CommandConfiguration(
            commandName: "link",
            abstract: "Print a link that signs a user in to the console, once, within five minutes.",
            discussion: "Whoever has the link is that user. It is spent by the button on its page, not by opening it.")
        @Argument(help: "The user's name or id.") var name: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call("POST", "/sign-in-links", ["user": .string(name)])
        }

        func done(_ answer: JSON) -> String { answer["link"]?.string ?? "" }
    }
}
