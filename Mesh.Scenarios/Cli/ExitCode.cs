namespace Mesh.Scenarios.Cli;

/// <summary>How the program ends.</summary>
internal static class ExitCode
{
    /// <summary>All expectations were met, or nothing was expected.</summary>
    public const int Passed = 0;

    /// <summary>An expectation failed, or there was too little data to say.</summary>
    public const int ExpectationFailed = 1;

    /// <summary>The command line or a file is wrong.</summary>
    public const int WrongInput = 2;

    /// <summary>Stopped by a stop condition or a signal.</summary>
    public const int Stopped = 3;

    /// <summary>A bug in MeshLab.</summary>
    public const int Bug = 70;
}
