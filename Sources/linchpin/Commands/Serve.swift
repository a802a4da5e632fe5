import ArgumentParser
import Console
import Core
import Hub
import Web

/// `linchpin serve`
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run a hub.",
        discussion: "Configuration comes from LINCHPIN_… variables; see Docs/reference/configuration.md.")

    @OptionGroup var data: DataOption
    @Option(help: "The port to listen on; 0 takes a free one.") var port: Int?

    func validate() throws { try Port.check(port) }

    func run() async throws {
        Startup.allowFiles()
        try await Terminal.explaining(data) {
            let configuration = try await Startup.configuration(data: data.data, port: port)
            let effects = Effects.live()
            var hub = try await Hub.open(
                configuration, effects: effects, logger: Startup.logger, pages: Console.pages())
            Terminal.say("linchpin \(Hub.version)  store \(hub.storeName)  data \(configuration.data)")
            try await serve(hub)
            while hub.reopening.isWished {
                Terminal.say("opening the restored store")
                hub = try await hub.reopened()
                try await serve(hub)
            }
            await hub.close()
            Terminal.say("stopped")
        }
    }

    private func serve(_ hub: Hub) async throws {
        hub.reopening.allow()
        try await HubServer(hub, logger: Startup.logger).run {
            Terminal.say("hub \(hub.url)  ·  socket \(hub.folder.socket)  ·  Ctrl-C stops")
            return .serve
        }
    }
}
