import ArgumentParser
import Core
import Dispatch
import Foundation

/// How the program speaks: results to standard output, errors to standard error, never a stack trace.
enum Terminal {
    /// One line of result, at once even into a pipe.
    static func say(_ line: String) {
        print(line)
        fflush(nil)
    }

    /// How many characters a line of the terminal holds; nil in a pipe or a file, where nothing has to fit.
    static var width: Int? {
        guard isatty(STDOUT_FILENO) == 1 else { return nil }
        var size = winsize()
        let isKnown = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        return isKnown ? Int(size.ws_col) : 80
    }

    /// Runs a command's body; a `HubError` becomes one sentence and exit code 1.
    ///
    /// - Parameter folder: the data folder as it was given; the commands that are proposed name it too.
    static func explaining(_ folder: DataOption? = nil, _ body: () async throws -> Void) async throws {
        do { try await body() } catch let error as HubError {
            complain(Show.safe(error.message))
            if error.kind.isInTheLog, CorrelationID(error.detail) != nil {
                complain("(\(error.detail): linchpin log show \(error.detail)\(folder?.words ?? ""))")
            }
            throw ExitCode(1)
        } catch let error as ExitCode {
            throw error
        } catch let error as ValidationError {
            // Thrown on, it would bring the usage of the whole program along.
            complain("Error: \(error.message)")
            throw ExitCode(2)
        } catch {
            complain("Unexpected: \(error)")
            throw ExitCode(1)
        }
    }

    /// One line to standard error.
    static func complain(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }

    /// Reads one line of secret from the terminal without showing it, or from a pipe.
    ///
    /// - Parameter lines: whether it has several, such as a key in PEM; then all that the pipe holds.
    static func readSecret(_ prompt: String, lines: Bool = false) throws -> Secret {
        if lines, isatty(STDIN_FILENO) != 1 {
            let bytes = Array(FileHandle.standardInput.readDataToEndOfFile().prefix(Limits.credentialBytes.value + 1))
            guard !bytes.isEmpty else { throw nothingRead }
            return Secret(bytes)
        }
        let line = isatty(STDIN_FILENO) == 1 ? readWithoutEcho(prompt) : readLine(strippingNewline: true)
        guard let line, !line.isEmpty else { throw nothingRead }
        return Secret(line)
    }

    private static var nothingRead: HubError {
        HubError(.invalid, "no_secret", "Nothing was read from standard input. Type it, or pipe it in.")
    }

    /// The echo comes back whatever ends the reading: a line, the end of input, or Ctrl-C.
    private static func readWithoutEcho(_ prompt: String) -> String? {
        FileHandle.standardError.write(Data(prompt.utf8))
        var settings = termios()
        tcgetattr(STDIN_FILENO, &settings)
        let loud = settings
        signal(SIGINT, SIG_IGN)
        let interrupt = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
        interrupt.setEventHandler {
            restore(loud)
            _exit(128 + SIGINT)
        }
        interrupt.resume()
        settings.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(STDIN_FILENO, TCSANOW, &settings)
        let line = readLine(strippingNewline: true)
        restore(loud)
        interrupt.cancel()
        signal(SIGINT, SIG_DFL)
        return line
    }

    private static func restore(_ settings: termios) {
        var settings = settings
        tcsetattr(STDIN_FILENO, TCSANOW, &settings)
        complain("")
    }
}

extension HubError.Kind {
    /// Whether the log knows more than the sentence says; of a typing mistake it does not.
    fileprivate var isInTheLog: Bool {
        switch self {
        case .unauthenticated, .forbidden, .internal, .unavailable: true
        default: false
        }
    }
}
