return Mesh.Scenarios.Cli.CommandLine.RunProcess(args);
