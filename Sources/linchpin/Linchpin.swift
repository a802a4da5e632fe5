import ArgumentParser
import Hub

/// The program: argument parsing, nothing else. Every command states its name: one that the library derives from its type
/// takes longer to find than the command to parse, at each start.
@main struct Linchpin: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "linchpin",
        abstract: "An integration security hub: each integration gets exactly the rights it needs, and can prove it.",
        version: "linchpin \(Hub.version)",
        subcommands: [
            Serve.self, DemoCommand.self, SandboxCommand.self, AdminCommand.self, UserCommand.self, SessionCommand.self,
            GroupCommand.self, RoleCommand.self, ClientCommand.self, RegistrationTokenCommand.self, ConsentCommand.self,
            RefreshFamilyCommand.self, ScopeCommand.self,
            TableCommand.self,
            CredentialCommand.self, ConnectionCommand.self, AliasCommand.self, SpokeCommand.self, ActionCommand.self,
            FlowCommand.self, HookCommand.self, SigningKeyCommand.self,
            ExecutionCommand.self, ApprovalCommand.self, ExplainCommand.self, LogCommand.self, AuditCommand.self,
            ReportCommand.self,
            HistoryCommand.self,
            TokenCommand.self, BackupCommand.self, RestoreCommand.self, UpdateCommand.self, DoctorCommand.self,
            CompletionCommand.self, Reference.self,
        ])

    /// Exit codes: 0 done, 1 refused or failed, 2 wrong usage.
    static func main() async {
        if let mistake = Spelling.mistake(in: Array(CommandLine.arguments.dropFirst())) {
            Terminal.complain(Show.safe(mistake))
            exit(withError: ExitCode(2))
        }
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
            Terminal.complain(fullMessage(for: error))
            exit(withError: ExitCode(2))
        }
    }
}
