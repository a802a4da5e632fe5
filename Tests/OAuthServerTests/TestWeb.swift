import Core
import Ports
import Synchronization

/// What stands on the network, and how often it was asked for.
final class TestWeb: DocumentFetching {
    private struct State {
        var documents: [String: FetchedDocument] = [:]
        var asked: [String] = []
    }

    private let state = Mutex(State())

    /// Puts a document at an address; nil takes it away.
    func put(_ body: String?, at url: String, cacheControl: String = "", contentType: String = "application/json") {
        state.withLock { state in
            state.documents[url] = body.map {
                FetchedDocument(contentType: contentType, cacheControl: cacheControl, body: Array($0.utf8))
            }
        }
    }

    func put(_ body: JSON, at url: String, cacheControl: String = "") {
        put(body.text(), at: url, cacheControl: cacheControl)
    }

    /// How often anything was asked for.
    var count: Int { state.withLock { $0.asked.count } }

    func document(at url: String, for purpose: String) async -> FetchedDocument? {
        // Others come in the meantime.
        await Task.yield()
        return state.withLock { state in
            state.asked.append(url)
            return state.documents[url]
        }
    }
}
