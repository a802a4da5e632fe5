import Core
import Ports

extension Screen {
    /// The end of a consent: the token is fetched and stored by whoever began it.
    static let finish = Screen(
        path: ["credentials", "*", "finish"], title: "Store the token", needs: ["credential.finish"],
        show: { visit in try await ConsentPage(visit).back() },
        act: { visit in try await ConsentPage(visit).finish() })
}
