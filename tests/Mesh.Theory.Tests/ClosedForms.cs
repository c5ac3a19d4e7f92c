namespace Mesh.Theory.Tests;

/// <summary>Mean sojourn times in units of the mean service time, and blocking probabilities. Sources: Kleinrock, "Queueing Systems" I; Harchol-Balter 2013.</summary>
internal static class ClosedForms
{
    /// <summary>M/M/1, and M/G/1 with processor sharing for any service law.</summary>
    public static double MM1(double rho) => 1 / (1 - rho);

    /// <summary>M/M/c by Erlang C.</summary>
    public static double MMc(int c, double rho)
    {
        double a = c * rho, term = 1, sum = 1;
        for (int k = 1; k < c; k++) sum += term *= a / k;
        double last = term * a / c / (1 - rho);
        return 1 + last / (sum + last) / (c * (1 - rho));
    }

    /// <summary>M/G/1 first come first served, by Pollaczek and Khinchine.</summary>
    public static double MG1(double rho, double scv) => 1 + rho * (1 + scv) / (2 * (1 - rho));

    /// <summary>The share that M/M/1/K turns away, K including the one in service.</summary>
    public static double MM1KBlocking(double rho, int k) => (1 - rho) * Math.Pow(rho, k) / (1 - Math.Pow(rho, k + 1));

    /// <summary>Erlang B: the share that c servers without a waiting room turn away at an offered load of a.</summary>
    public static double ErlangB(int c, double a)
    {
        double b = 1;
        for (int k = 1; k <= c; k++) b = a * b / (k + a * b);
        return b;
    }

    /// <summary>Round robin over n exponential servers: each is a GI/M/1 queue with Erlang-n arrivals, W = 1/(1 - sigma).</summary>
    public static double RoundRobin(int n, double rho)
    {
        double sigma = rho;
        for (int i = 0; i < 100_000; i++) sigma = Math.Pow(n * rho / (n * rho + 1 - sigma), n);
        return 1 / (1 - sigma);
    }

    /// <summary>Two queues in parallel, joined (Nelson and Tantawi 1988, exact for two).</summary>
    public static double ForkJoin2(double rho) => (12 - rho) / 8 / (1 - rho);

    /// <summary>Mean attempts of at most m, each failing with probability p on its own.</summary>
    public static double Attempts(double p, int m) => (1 - Math.Pow(p, m)) / (1 - p);
}
