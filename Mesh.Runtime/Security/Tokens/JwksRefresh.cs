namespace Mesh.Runtime.Security.Tokens;

/// <summary>What to do before keys are used.</summary>
internal enum JwksStep
{
    /// <summary>Use those that are there.</summary>
    Use,
    /// <summary>Use them, and fetch new ones beside.</summary>
    UseAndFetch,
    /// <summary>Wait for new ones.</summary>
    Fetch,
}

/// <summary>Decides when keys are fetched. Times are ticks.</summary>
/// <param name="options">The settings.</param>
internal sealed class JwksRefresh(JwksOptions options)
{
    private long _fetched = long.MinValue;
    private long _attempted = long.MinValue;

    /// <summary>What to do for a token.</summary>
    /// <param name="isKnown">Whether the keys that are there have one of the token's key id.</param>
    /// <param name="now">The time.</param>
    public JwksStep Next(bool isKnown, long now)
    {
        if (_attempted != long.MinValue && now - _attempted < options.LeastInterval.Ticks) return JwksStep.Use;
        if (!isKnown) return JwksStep.Fetch;
        return now - _fetched >= options.RefreshInterval.Ticks ? JwksStep.UseAndFetch : JwksStep.Use;
    }

    /// <summary>A fetch begins.</summary>
    public void Begin(long now) => _attempted = now;

    /// <summary>A fetch brought keys.</summary>
    public void Fetched(long now) => _fetched = now;
}
