//! `rotate`: finds the settings, runs the procedure, and says where it ended.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use adapters::system;
use serde_json::{Map, Value};

use crate::arguments::Rotate;
use crate::folder::{self, Folder};
use crate::rotation::patience::Patience;
use crate::rotation::procedure::{End, Options, Rotation};
use crate::rotation::secrets::Secrets;
use crate::rotation::settings::{self, Settings};

/// `EX_TEMPFAIL` of sysexits.h: not wrong, but not done; to be run again.
const RUN_AGAIN: u8 = 75;

const DEFAULT_SETTINGS: &str = "cdk.context.json";

pub(super) async fn rotate(arguments: &Rotate) -> Result<ExitCode, Box<dyn Error>> {
    let file = settings_file(arguments.settings.as_deref())?;
    let settings = Settings::read(&|name| {
        let given = arguments.overrides.get(name).or_else(|| system::environment(name));
        given.or_else(|| settings::of_file(&file, name))
    })?;
    let options = Options {
        algorithm: arguments.alg,
        rsa_bits: arguments.bits,
        kid: arguments.name.kid.clone(),
        certificate: arguments.cert,
        certificate_days: arguments.days,
        register: arguments.register,
        patience: Patience { interval: arguments.interval, limit: arguments.wait },
        keep_old: Duration::from_hours(arguments.keep_old_hours),
        unproven: arguments.unproven,
    };
    let aws = &arguments.aws;
    let secrets = Secrets::connect(aws.profile.as_deref(), aws.region.as_deref()).await?;
    let rotation = Rotation::new(&settings, &options, &secrets)?;
    if arguments.dry_run {
        rotation.rehearse(&arguments.out).await?;
        return Ok(ExitCode::SUCCESS);
    }
    match rotation.run(&Folder::open(&arguments.out)?).await? {
        End::Complete => {
            println!("The rotation is complete.");
            Ok(ExitCode::SUCCESS)
        }
        End::Later(words) => {
            println!("{words}");
            Ok(ExitCode::SUCCESS)
        }
        End::Waiting(reason) => {
            eprintln!("keys: not done: {reason}. Run this again to go on where it stopped.");
            Ok(ExitCode::from(RUN_AGAIN))
        }
    }
}

fn settings_file(given: Option<&Path>) -> Result<Map<String, Value>, Box<dyn Error>> {
    let path = match given {
        Some(path) => path.to_owned(),
        None if Path::new(DEFAULT_SETTINGS).exists() => PathBuf::from(DEFAULT_SETTINGS),
        None => return Ok(Map::new()),
    };
    let text = folder::read(&path)?.text;
    Ok(serde_json::from_str(&text).map_err(|_| format!("{}: is not a JSON object", path.display()))?)
}
