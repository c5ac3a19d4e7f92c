using Mesh.Runtime.Model;

namespace Mesh.Runtime.Overload;

/// <summary>
/// Envoy's admission control. Of <c>n</c> requests in the window <c>s</c> succeeded; a request is refused with probability
/// <c>((n - s / threshold) / (n + 1)) ^ (1 / aggression)</c>, at least 0 and at most the largest share allowed. What was refused is not counted, so that refusals end by themselves.
/// </summary>
internal sealed class AdmissionController(AdmissionControlConfig config)
{
    private const ulong Accuracy = 10_000;   // Envoy decides by whole hundredths of a percent
    private readonly RequestWindow _window = new(config.Window.Ticks);

    /// <summary>Whether a request may go.</summary>
    /// <param name="now">The time in ticks.</param>
    /// <param name="random">64 uniform bits.</param>
    public bool Admit(long now, ulong random)
    {
        if (_window.RatePerSecond(now) < config.MinRequestRate) return true;
        _window.Forget(now);
        return Accuracy * RejectionProbability(config, _window.Requests, _window.Successes) <= random % Accuracy;
    }

    /// <summary>An admitted request was answered. Not to be called for one that was refused here, nor for one whose caller gave up.</summary>
    public void Record(long now, bool success) => _window.Add(now, 1, success ? 1 : 0);

    /// <summary>The probability that a request is refused.</summary>
    public static double RejectionProbability(AdmissionControlConfig config, int requests, int successes)
    {
        double excess = Math.Max(0, (requests - successes / config.SuccessThreshold) / (requests + 1.0));
        if (config.Aggression > 1) excess = Math.Pow(excess, 1 / config.Aggression);
        return Math.Min(excess, config.MaxRejection);
    }

    /// <summary>Envoy's default for a success: an HTTP status below 500; with gRPC a status that is not the server's fault.</summary>
    /// <param name="status">The HTTP status.</param>
    /// <param name="grpcStatus">The gRPC status; 0 is OK, or no gRPC.</param>
    public static bool IsSuccess(int status, int grpcStatus) => status < 500 && grpcStatus is not
        (4 or 8 or 10 or 13 or 14 or 15);   // DeadlineExceeded, ResourceExhausted, Aborted, Internal, Unavailable, DataLoss
}
