import ArgumentParser
import Core
import Foundation

/// How the program speaks: results to standard output, errors to standard error, never a stack trace.
enum Terminal {
    /// One line of result, at once even into a pipe.
    static func say(_ line: String) {
        print(line)
        fflush(nil)
    }

    /// Runs a command's body; a `HubError` becomes one sentence and exit code 1.
    static func explaining(_ body: () async throws -> Void) async throws {
        do { try await body() } catch let error as HubError {
            complain(Show.safe(error.message))
            if CorrelationID(error.detail) != nil { complain("(\(error.detail): linchpin log show \(error.detail))") }
            throw ExitCode(1)
        } catch let error as ExitCode {
            throw error
        } catch let error as ValidationError {
            throw error
        } catch {
            complain("Unexpected: \(error)")
            throw ExitCode(1)
        }
    }

    /// One line to standard error.
    static func complain(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }

    /// Reads one line of secret from the terminal without showing it, or from a pipe.
    static func readSecret(_ prompt: String) throws -> Secret {
        let isTerminal = isatty(STDIN_FILENO) == 1
        var saved = termios()
        if isTerminal {
            FileHandle.standardError.write(Data(prompt.utf8))
            tcgetattr(STDIN_FILENO, &saved)
            var silent = saved
            silent.c_lflag &= ~tcflag_t(ECHO)
            tcsetattr(STDIN_FILENO, TCSANOW, &silent)
        }
        let line = readLine(strippingNewline: true)
        if isTerminal {
            tcsetattr(STDIN_FILENO, TCSANOW, &saved)
            complain("")
        }
        guard let line, !line.isEmpty else {
            throw HubError(.invalid, "no_secret", "Nothing was read from standard input. Type it, or pipe it in.")
        }
        return Secret(line)
    }
}
