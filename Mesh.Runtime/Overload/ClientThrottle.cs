using Mesh.Runtime.Model;

namespace Mesh.Runtime.Overload;

/// <summary>
/// Client-side throttling (Google SRE book, chapter 21): a request is refused with probability <c>max(0, (requests - K * accepts) / (requests + 1))</c>.
/// Requests are all that the application made, those refused here included; accepts are those that the callee took.
/// </summary>
internal sealed class ClientThrottle(ThrottleConfig config)
{
    private readonly RequestWindow _window = new(config.Window.Ticks);

    /// <summary>Whether a request may go; it is counted either way.</summary>
    /// <param name="now">The time in ticks.</param>
    /// <param name="draw">A uniform number in [0, 1).</param>
    public bool Admit(long now, double draw)
    {
        _window.Forget(now);
        double probability = RejectionProbability(config.K, _window.Requests, _window.Successes);
        _window.Add(now, 1, 0);
        return draw >= probability;
    }

    /// <summary>The callee accepted a request that was let go.</summary>
    public void Accepted(long now) => _window.Add(now, 0, 1);

    /// <summary>The probability that a request is refused.</summary>
    public static double RejectionProbability(double k, int requests, int accepts) => Math.Max(0, (requests - k * accepts) / (requests + 1));

    /// <summary>Whether an answer says that the callee accepted the request: there is one, and it is not 429, 503 or 504.</summary>
    public static bool IsAccept(int status) => status is not (0 or 429 or 503 or 504);
}
