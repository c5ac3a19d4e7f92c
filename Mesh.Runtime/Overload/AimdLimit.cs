using Mesh.Runtime.Model;

namespace Mesh.Runtime.Overload;

/// <summary>Netflix's <c>AIMDLimit</c>: one more for an answer in time while the limit is at least half used, a tenth less for a dropped or late one.</summary>
internal sealed class AimdLimit(AdaptiveConcurrencyConfig config) : LatencyLimit
{
    private readonly int _min = config.MinLimit ?? 20;
    private readonly int _max = config.MaxLimit ?? 200;
    private int _limit = config.InitialLimit ?? 20;

    /// <inheritdoc/>
    public override int Limit => _limit;

    /// <inheritdoc/>
    public override void Update(long rtt, int inFlight, bool dropped)
    {
        int limit = _limit;
        if (dropped || rtt > config.LatencyTimeout.Ticks) limit = (int)(limit * config.BackoffRatio);
        else if (inFlight * 2 >= limit) limit++;
        _limit = Math.Min(_max, Math.Max(_min, limit));
    }
}
