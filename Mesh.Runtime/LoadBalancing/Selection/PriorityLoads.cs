namespace Mesh.Runtime.LoadBalancing.Selection;

/// <summary>
/// Envoy's arithmetic of priorities and panic, in whole percent as there (<c>LoadBalancerBase</c>). A priority's availability is its healthy share times the
/// over-provisioning factor, at most 100; load goes to the first priorities as far as their availability reaches.
/// "Degraded" are endpoints that are used when the healthy ones do not suffice.
/// </summary>
internal static class PriorityLoads
{
    /// <summary>The availability of a priority, 0 to 100.</summary>
    /// <param name="usable">Its healthy (or degraded) endpoints.</param>
    /// <param name="total">All its endpoints.</param>
    /// <param name="factor">The over-provisioning factor in percent, such as 140.</param>
    public static int Availability(int usable, int total, int factor) => total == 0 ? 0 : (int)Math.Min(100, (long)factor * usable / total);

    /// <summary>The sum of all availabilities, at most 100: below that, the service cannot carry all of its load.</summary>
    public static int Normalized(ReadOnlySpan<int> healthy, ReadOnlySpan<int> degraded)
    {
        int sum = 0;
        foreach (int one in healthy) sum += one;
        foreach (int one in degraded) sum += one;
        return Math.Min(100, sum);
    }

    /// <summary>Shares out 100 percent of load: to healthy endpoints in order of priority, then to degraded ones; what rounding leaves goes to the first priority with any.</summary>
    /// <param name="healthy">The priorities' availabilities by healthy endpoints.</param>
    /// <param name="degraded">The same by degraded endpoints; may be empty.</param>
    /// <param name="healthyLoad">Filled with the load of each priority's healthy endpoints.</param>
    /// <param name="degradedLoad">Filled with the load of each priority's degraded endpoints.</param>
    /// <returns>False, and nothing filled, where no endpoint is available at all.</returns>
    public static bool TryShare(ReadOnlySpan<int> healthy, ReadOnlySpan<int> degraded, Span<int> healthyLoad, Span<int> degradedLoad)
    {
        int normalized = Normalized(healthy, degraded);
        if (normalized == 0) return false;
        int left = Share(healthy, healthyLoad, 100, normalized);
        left = Share(degraded, degradedLoad, left, normalized);
        int first = FirstAbove0(healthy);
        if (first >= 0) healthyLoad[first] += left;
        else degradedLoad[FirstAbove0(degraded)] += left;
        return true;
    }

    /// <summary>Shares out 100 percent of load by the number of endpoints, whatever their health: what Envoy does once every priority is in panic.</summary>
    public static void ShareByCount(ReadOnlySpan<int> endpoints, Span<int> load)
    {
        int total = 0;
        foreach (int one in endpoints) total += one;
        int left = 100;
        for (int i = 0; i < endpoints.Length; i++)
        {
            load[i] = total == 0 ? 0 : (int)(100L * endpoints[i] / total);
            left -= load[i];
        }
        load[Math.Max(0, FirstAbove0(endpoints))] += left;
    }

    /// <summary>Whether so few endpoints are healthy that health is ignored: strictly below the threshold.</summary>
    /// <param name="usable">Healthy and degraded endpoints.</param>
    /// <param name="total">All endpoints.</param>
    /// <param name="threshold">In percent; 0 never panics.</param>
    public static bool Panics(int usable, int total, int threshold) => (total == 0 ? 0 : 100.0 * usable / total) < threshold;

    /// <summary>The priority to which 64 uniform bits lead, and whether to its degraded endpoints: the loads of the healthy come first, as in Envoy.</summary>
    public static (int Priority, bool Degraded) Choose(ulong bits, ReadOnlySpan<int> healthyLoad, ReadOnlySpan<int> degradedLoad)
    {
        int at = (int)(bits % 100) + 1;
        int sum = 0;
        for (int i = 0; i < healthyLoad.Length; i++)
        {
            sum += healthyLoad[i];
            if (at <= sum) return (i, false);
        }
        for (int i = 0; i < degradedLoad.Length; i++)
        {
            sum += degradedLoad[i];
            if (at <= sum) return (i, true);
        }
        return (0, false);
    }

    private static int Share(ReadOnlySpan<int> available, Span<int> load, int left, int normalized)
    {
        for (int i = 0; i < available.Length; i++)
        {
            load[i] = Math.Min(left, available[i] * 100 / normalized);
            left -= load[i];
        }
        return left;
    }

    private static int FirstAbove0(ReadOnlySpan<int> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i] > 0) return i;
        }
        return -1;
    }
}
