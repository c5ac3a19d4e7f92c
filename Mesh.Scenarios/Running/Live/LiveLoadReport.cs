using System.Globalization;
using Mesh.Reports.Results;

namespace Mesh.Scenarios.Running.Live;

/// <summary>Whether a generator kept its rate.</summary>
/// <param name="Sent">Requests sent.</param>
/// <param name="Late">Of these, sent later than the options' bound.</param>
/// <param name="LateAfter">That bound.</param>
/// <param name="Lateness">How late all of them were sent, in ticks.</param>
/// <param name="Refused">Requests not sent, because too many were in progress.</param>
/// <param name="Most">How many may be.</param>
/// <param name="Unanswered">Requests that were cut off, unanswered, some time after the load was over.</param>
internal sealed record LiveLoadReport(long Sent, long Late, TimeSpan LateAfter, LogHistogram Lateness, long Refused, int Most, int Unanswered)
{
    /// <summary>What a reader of the results has to know; empty where the rate was kept: nothing refused, and less than 1% late.</summary>
    public IEnumerable<string> Warnings()
    {
        if (Refused > 0)
            yield return string.Create(CultureInfo.InvariantCulture, $"the generator did not send {Refused:N0} of {Sent + Refused:N0} requests: {Most:N0} were in progress, and no more are let in: each holds open files, of which a process may have so many (ulimit -n).");
        if (Late * 100 >= Sent && Late > 0)
            yield return string.Create(CultureInfo.InvariantCulture,
                $"the generator sent {Late:N0} of {Sent:N0} requests more than {LateAfter.TotalMilliseconds:0.##} ms late (p50 {Milliseconds(0.5):0.00} ms, p99 {Milliseconds(0.99):0.00} ms, at most {Milliseconds(1):0.00} ms): this machine is too busy for the rate. Latencies count from when requests should have been sent.");
    }

    /// <summary>How late the given share of the requests was at most, in milliseconds.</summary>
    public double Milliseconds(double quantile) => Lateness.Count == 0 ? 0 : Lateness.Percentile(quantile) / TimeSpan.TicksPerMillisecond;
}

/// <summary>Counts how late requests are sent; by the generator's thread alone.</summary>
internal sealed class SendTally(TimeSpan lateAfter, int most)
{
    private readonly LogHistogram _lateness = new(LogHistogram.Coarse);
    private long _late;
    private long _refused;

    public void Sent(long ticksLate)
    {
        _lateness.Record(ticksLate);
        if (ticksLate > lateAfter.Ticks) _late++;
    }

    public void Refused() => _refused++;

    public LiveLoadReport Report(int unanswered) => new(_lateness.Count, _late, lateAfter, _lateness, _refused, most, unanswered);
}
