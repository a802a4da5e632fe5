import ArgumentParser
import Core
import Hub

/// `linchpin admin …`
struct AdminCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "admin", abstract: "Administrators.", subcommands: [Create.self])

    /// Works on the files of a hub that is stopped: whoever may read the data folder may do this.
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make an administrator, while the hub is stopped.",
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
}
