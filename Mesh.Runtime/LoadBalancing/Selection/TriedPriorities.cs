namespace Mesh.Runtime.LoadBalancing.Selection;

/// <summary>
/// Envoy's <c>previous_priorities</c>: a retry leaves out the priorities that earlier attempts went to, and their load goes to the others. Which those are is taken up anew with every
/// so-many-th retry; when no available priority is left, it begins again with all of them.
/// </summary>
internal static class TriedPriorities
{
    /// <summary>The loads of the next retry; false, and nothing filled, where they are the usual ones.</summary>
    /// <param name="tried">The priorities of the attempts so far, in their order; -1 for an endpoint that is gone.</param>
    /// <param name="frequency">Retries after which the priorities are taken up, 1 or more (<c>update_frequency</c>).</param>
    /// <param name="healthy">The priorities' availabilities by healthy endpoints.</param>
    /// <param name="degraded">The same by degraded endpoints.</param>
    /// <param name="healthyLoad">Filled with the load of each priority's healthy endpoints.</param>
    /// <param name="degradedLoad">Filled with the load of each priority's degraded endpoints.</param>
    public static bool TryShare(
        ReadOnlySpan<int> tried, int frequency, ReadOnlySpan<int> healthy, ReadOnlySpan<int> degraded, Span<int> healthyLoad, Span<int> degradedLoad)
    {
        Span<bool> left = stackalloc bool[healthy.Length];
        if (!TakeUp(tried, frequency, healthy, degraded, left)) return false;
        Span<int> healthyLeft = stackalloc int[left.Length], degradedLeft = stackalloc int[left.Length];
        for (int i = 0; i < left.Length; i++) (healthyLeft[i], degradedLeft[i]) = left[i] ? (healthy[i], degraded[i]) : (0, 0);
        return PriorityLoads.TryShare(healthyLeft, degradedLeft, healthyLoad, degradedLoad);
    }

    /// <summary>Which priorities are left after the attempts so far; false where the loads are the usual ones.</summary>
    private static bool TakeUp(ReadOnlySpan<int> tried, int frequency, ReadOnlySpan<int> healthy, ReadOnlySpan<int> degraded, Span<bool> left)
    {
        left.Fill(true);
        bool adjusted = false;
        int began = 0;   // attempts before were forgotten
        for (int i = 0; i < tried.Length; i++)
        {
            int attempts = i + 1 - began;
            if (attempts < frequency) adjusted = false;
            if (attempts % frequency != 0) continue;
            foreach (int priority in tried[began..(i + 1)])
                if (priority >= 0) left[priority] = false;
            adjusted = true;
            if (Available(healthy, degraded, left)) continue;
            left.Fill(true);
            began = i + 1;
        }
        return adjusted;
    }

    private static bool Available(ReadOnlySpan<int> healthy, ReadOnlySpan<int> degraded, ReadOnlySpan<bool> left)
    {
        for (int i = 0; i < left.Length; i++)
            if (left[i] && healthy[i] + degraded[i] > 0) return true;
        return false;
    }
}
